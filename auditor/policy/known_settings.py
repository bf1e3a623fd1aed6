"""The attributes of a Tableau site that a settings rule may name (reference/tableau-access.md, section 5).

The list is for did-you-mean only: a name that is near to none of these is taken as it stands, because servers gain
attributes with every release.
"""

from __future__ import annotations

KNOWN_SETTINGS: tuple[str, ...] = tuple(
    """
    adminInsightsPublishFrequency adminMode allowSubscriptionAttachments askDataMode attributeCaptureEnabled
    authoringEnabled autoSuspendRefreshEnabled autoSuspendRefreshInactivityWindow cacheWarmupEnabled
    catalogObfuscationEnabled catalogingEnabled commentingEnabled commentingMentionsEnabled contentUrl
    customSubscriptionEmail customSubscriptionEmailEnabled customSubscriptionFooter customSubscriptionFooterEnabled
    dataAccelerationMode dataAlertsEnabled derivedPermissionsEnabled disableSubscriptions dqwSubscriptionsEnabled
    editingFlowsEnabled einsteinInFlowEnabled embedding.allowList embedding.unrestrictedEmbedding explainDataEnabled
    extractEncryptionMode flowAutoSaveEnabled flowOutputSubscriptionsDataAsEmailAttachmentEnabled
    flowOutputSubscriptionsDataInEmailBodyEnabled flowOutputSubscriptionsEnabled flowParametersAnyTypeEnabled
    flowParametersEnabled flowsEnabled groupSetsEnabled guestAccessEnabled linkedTaskRunNowEnabled
    linkedTaskSchedulingEnabled loginBasedLicenseManagementEnabled metricsContentTypeEnabled mobileBiometricsEnabled
    name namedSharingEnabled notifySiteAdminsOnThrottle personalSpaceEnabled personalSpaceStorageQuota
    requestAccessEnabled revisionHistoryEnabled revisionLimit runNowEnabled schedulingFlowsEnabled
    selfServiceScheduleForRefreshEnabled sheetImageEnabled siteInviteEmailEnabled state storageQuota
    subscribeOthersEnabled tagLimit tierCreatorCapacity tierExplorerCapacity tierViewerCapacity timeZone
    useDefaultTimeZone userQuota userVisibilityMode webExtractionEnabled webZoneContentEnabled
    """.split()  # noqa: SIM905 - a paragraph of words is easier to keep than sixty quoted lines
)
