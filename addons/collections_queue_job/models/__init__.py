from . import collections_run, collections_touchpoint
