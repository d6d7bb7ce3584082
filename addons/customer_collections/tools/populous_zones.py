"""Where most people live, of the times that one country has.

For a customer who may be in several zones: not where they are, only where a guess is
right most often. Without a zone named here the first one is as good as any.
"""

# From the most people to the fewest, in countries whose time differs: sums of the
# last census or estimate of their states, of about 2020.
POPULOUS_ZONES = (
    *("Asia/Shanghai", "America/Sao_Paulo", "Asia/Jakarta", "America/New_York"),
    *("America/Mexico_City", "Europe/Moscow", "America/Chicago"),
    *("America/Los_Angeles", "Africa/Kinshasa", "Africa/Lubumbashi"),
    *("Europe/Madrid", "Asia/Makassar", "Asia/Urumqi", "America/Denver"),
    *("America/Toronto", "Asia/Yekaterinburg", "America/Santiago"),
    *("America/Guayaquil", "Europe/Lisbon", "Australia/Sydney"),
    *("Australia/Melbourne", "America/Recife", "America/Phoenix"),
    *("America/Vancouver", "Australia/Brisbane", "Pacific/Auckland"),
    *("America/Edmonton", "America/Manaus", "America/Tijuana"),
    *("America/Hermosillo", "America/Halifax", "Australia/Perth"),
    *("Australia/Adelaide", "Asia/Ulaanbaatar", "America/Winnipeg"),
)
