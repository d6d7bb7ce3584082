from . import collections_portal_hit
from . import collections_profile
from . import collections_profile_fresh
from . import collections_profile_portal
from . import collections_touchpoint
from . import res_company
from . import res_config_settings
