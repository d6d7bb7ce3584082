from . import test_tools_budget
from . import test_tools_contact_hours
from . import test_tools_stop_words
from . import test_tools_timezones
from . import test_run
from . import test_truth
