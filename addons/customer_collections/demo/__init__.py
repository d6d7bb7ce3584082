from . import builder
