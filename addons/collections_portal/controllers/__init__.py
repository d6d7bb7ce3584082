from . import link
from . import account
from . import invoices
from . import statement
from . import problem
from . import pay
from . import pay_stock
from . import preferences
