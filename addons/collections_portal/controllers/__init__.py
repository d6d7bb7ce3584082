from . import link
from . import account
