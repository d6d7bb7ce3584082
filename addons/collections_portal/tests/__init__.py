from . import test_access
from . import test_account
from . import test_documents
from . import test_links
from . import test_problem
from . import test_statement
from . import test_pay
