"""What we know about the words in Tableau's answers: which hold names, which hold a word of Tableau's own."""

from __future__ import annotations

#: Elements that are about a person.
PEOPLE = frozenset({"user", "owner", "contact", "publisher"})

_THINGS = (
    "project", "workbook", "view", "datasource", "flow", "virtualConnection", "database", "table", "metric", "lens",
    "group", "groupSet", "site", "connectedApplication", "location", "parent",
)  # fmt: skip

#: Attributes that hold a name of content, by element.
NAMED = frozenset(
    {(thing, name) for thing in _THINGS for name in ("name", "contentUrl", "viewUrlName")} | {("tag", "label")}
)

#: Free text.
TEXTS = frozenset({"description", "shareDescription"})

#: Attributes that hold hosts, addresses or accounts.
HOSTS = frozenset(
    {"webpageUrl", "serverAddress", "serverName", "hostName", "userName", "username", "allowList", "domainSafelist"}
)

#: Elements whose text is a word of Tableau's.
WORDS_IN_ELEMENTS = frozenset({"restApiVersion", "productVersion", "projectId"})

#: Attributes whose values are words from a list of Tableau's (tableau-access.md, 2.10 and 5; tsc-wire-and-files.md, 1).
ENUMERATIONS = frozenset(
    {
        # content and rules
        "contentPermissions", "siteRole", "minimumSiteRole", "authSetting", "type", "sheetType", "mode",
        "connectionType", "dbClass", "fileType", "grantLicenseMode", "language", "locale", "build", "schema", "code",
        "estimatedTimeToExpiration",
        # the site
        "adminMode", "askDataMode", "dataAccelerationMode", "extractEncryptionMode", "state", "statusReason",
        "timeZone", "userVisibilityMode", "adminInsightsPublishFrequency", "cacheMode", "customSubscriptionEmailEnabled",
        "pulseEnabled", "automaticExtractEncryption", "restrictedLicenseMode", "defaultAuthSetting",
    }
)  # fmt: skip
