/*
 * Interfaces by their UUID and operations by their number: MS-SCMR, MS-TSCH, MS-RRP, MS-SAMR, MS-LSAD, MS-LSAT,
 * MS-SRVS, MS-WKST,
 * MS-DRSR, MS-RPRN, MS-NRPC, MS-RSP, MS-EVEN, MS-EFSR, MS-DFSNM, MS-DCOM, MS-WMI; C706 appendix O; OPC Data
 * Access 3.0.
 */
#include <string.h>

#include "event/endpoint.h"
#include "smb/dcerpc.h"

/* clang-format off */
static const char *const svcctl_ops[] = {
    [0] = "CloseServiceHandle", [1] = "ControlService", [2] = "DeleteService", [3] = "LockServiceDatabase",
    [4] = "QueryServiceObjectSecurity", [5] = "SetServiceObjectSecurity", [6] = "QueryServiceStatus",
    [7] = "SetServiceStatus", [8] = "UnlockServiceDatabase", [9] = "NotifyBootConfigStatus",
    [10] = "ScSetServiceBitsW", [11] = "ChangeServiceConfigW", [12] = "CreateServiceW",
    [13] = "EnumDependentServicesW", [14] = "EnumServicesStatusW", [15] = "OpenSCManagerW", [16] = "OpenServiceW",
    [17] = "QueryServiceConfigW", [18] = "QueryServiceLockStatusW", [19] = "StartServiceW",
    [20] = "GetServiceDisplayNameW", [21] = "GetServiceKeyNameW", [22] = "ScSetServiceBitsA",
    [23] = "ChangeServiceConfigA", [24] = "CreateServiceA", [25] = "EnumDependentServicesA",
    [26] = "EnumServicesStatusA", [27] = "OpenSCManagerA", [28] = "OpenServiceA", [29] = "QueryServiceConfigA",
    [30] = "QueryServiceLockStatusA", [31] = "StartServiceA", [32] = "GetServiceDisplayNameA",
    [33] = "GetServiceKeyNameA", [34] = "ScGetCurrentGroupStateW", [35] = "EnumServiceGroupW",
    [36] = "ChangeServiceConfig2A", [37] = "ChangeServiceConfig2W", [38] = "QueryServiceConfig2A",
    [39] = "QueryServiceConfig2W", [40] = "QueryServiceStatusEx", [41] = "EnumServicesStatusExA",
    [42] = "EnumServicesStatusExW", [43] = "ScSendTSMessage",
};

static const char *const atsvc_ops[] = {
    [0] = "JobAdd", [1] = "JobDel", [2] = "JobEnum", [3] = "JobGetInfo",
};

static const char *const itaskschedulerservice_ops[] = {
    [0] = "SchRpcHighestVersion", [1] = "SchRpcRegisterTask", [2] = "SchRpcRetrieveTask", [3] = "SchRpcCreateFolder",
    [4] = "SchRpcSetSecurity", [5] = "SchRpcGetSecurity", [6] = "SchRpcEnumFolders", [7] = "SchRpcEnumTasks",
    [8] = "SchRpcEnumInstances", [9] = "SchRpcGetInstanceInfo", [10] = "SchRpcStopInstance", [11] = "SchRpcStop",
    [12] = "SchRpcRun", [13] = "SchRpcDelete", [14] = "SchRpcRename", [15] = "SchRpcScheduledRuntimes",
    [16] = "SchRpcGetLastRunInfo", [17] = "SchRpcGetTaskInfo", [18] = "SchRpcGetNumberOfMissedRuns",
    [19] = "SchRpcEnableTask",
};

static const char *const winreg_ops[] = {
    [0] = "OpenHKCR", [1] = "OpenHKCU", [2] = "OpenHKLM", [3] = "OpenHKPD", [4] = "OpenHKU", [5] = "CloseKey",
    [6] = "CreateKey", [7] = "DeleteKey", [8] = "DeleteValue", [9] = "EnumKey", [10] = "EnumValue",
    [11] = "FlushKey", [12] = "GetKeySecurity", [13] = "LoadKey", [14] = "NotifyChangeKeyValue", [15] = "OpenKey",
    [16] = "QueryInfoKey", [17] = "QueryValue", [18] = "ReplaceKey", [19] = "RestoreKey", [20] = "SaveKey",
    [21] = "SetKeySecurity", [22] = "SetValue", [23] = "UnLoadKey", [24] = "InitiateSystemShutdown",
    [25] = "AbortSystemShutdown", [26] = "GetVersion", [27] = "OpenHKCC", [28] = "OpenHKDD",
    [29] = "QueryMultipleValues", [30] = "InitiateSystemShutdownEx", [31] = "SaveKeyEx", [32] = "OpenHKPT",
    [33] = "OpenHKPN", [34] = "QueryMultipleValues2", [35] = "DeleteKeyEx",
};

static const char *const samr_ops[] = {
    [0] = "Connect", [1] = "Close", [2] = "SetSecurity", [3] = "QuerySecurity", [4] = "Shutdown",
    [5] = "LookupDomain", [6] = "EnumDomains", [7] = "OpenDomain", [8] = "QueryDomainInfo", [9] = "SetDomainInfo",
    [10] = "CreateDomainGroup", [11] = "EnumDomainGroups", [12] = "CreateUser", [13] = "EnumDomainUsers",
    [14] = "CreateDomAlias", [15] = "EnumDomainAliases", [16] = "GetAliasMembership", [17] = "LookupNames",
    [18] = "LookupRids", [19] = "OpenGroup", [20] = "QueryGroupInfo", [21] = "SetGroupInfo", [22] = "AddGroupMember",
    [23] = "DeleteDomainGroup", [24] = "DeleteGroupMember", [25] = "QueryGroupMember",
    [26] = "SetMemberAttributesOfGroup", [27] = "OpenAlias", [28] = "QueryAliasInfo", [29] = "SetAliasInfo",
    [30] = "DeleteDomAlias", [31] = "AddAliasMember", [32] = "DeleteAliasMember", [33] = "GetMembersInAlias",
    [34] = "OpenUser", [35] = "DeleteUser", [36] = "QueryUserInfo", [37] = "SetUserInfo",
    [38] = "ChangePasswordUser", [39] = "GetGroupsForUser", [40] = "QueryDisplayInfo",
    [41] = "GetDisplayEnumerationIndex", [42] = "TestPrivateFunctionsDomain", [43] = "TestPrivateFunctionsUser",
    [44] = "GetUserPwInfo", [45] = "RemoveMemberFromForeignDomain", [46] = "QueryDomainInfo2",
    [47] = "QueryUserInfo2", [48] = "QueryDisplayInfo2", [49] = "GetDisplayEnumerationIndex2", [50] = "CreateUser2",
    [51] = "QueryDisplayInfo3", [52] = "AddMultipleMembersToAlias", [53] = "RemoveMultipleMembersFromAlias",
    [54] = "OemChangePasswordUser2", [55] = "ChangePasswordUser2", [56] = "GetDomPwInfo", [57] = "Connect2",
    [58] = "SetUserInfo2", [59] = "SetBootKeyInformation", [60] = "GetBootKeyInformation", [61] = "Connect3",
    [62] = "Connect4", [63] = "ChangePasswordUser3", [64] = "Connect5", [65] = "RidToSid", [66] = "SetDsrmPassword",
    [67] = "ValidatePassword",
};

static const char *const lsarpc_ops[] = {
    [0] = "lsa_Close", [1] = "lsa_Delete", [2] = "lsa_EnumPrivs", [3] = "lsa_QuerySecurity", [4] = "lsa_SetSecObj",
    [5] = "lsa_ChangePassword", [6] = "lsa_OpenPolicy", [7] = "lsa_QueryInfoPolicy", [8] = "lsa_SetInfoPolicy",
    [9] = "lsa_ClearAuditLog", [10] = "lsa_CreateAccount", [11] = "lsa_EnumAccounts",
    [12] = "lsa_CreateTrustedDomain", [13] = "lsa_EnumTrustDom", [14] = "lsa_LookupNames", [15] = "lsa_LookupSids",
    [16] = "lsa_CreateSecret", [17] = "lsa_OpenAccount", [18] = "lsa_EnumPrivsAccount",
    [19] = "lsa_AddPrivilegesToAccount", [20] = "lsa_RemovePrivilegesFromAccount", [21] = "lsa_GetQuotasForAccount",
    [22] = "lsa_SetQuotasForAccount", [23] = "lsa_GetSystemAccessAccount", [24] = "lsa_SetSystemAccessAccount",
    [25] = "lsa_OpenTrustedDomain", [26] = "lsa_QueryTrustedDomainInfo", [27] = "lsa_SetInformationTrustedDomain",
    [28] = "lsa_OpenSecret", [29] = "lsa_SetSecret", [30] = "lsa_QuerySecret", [31] = "lsa_LookupPrivValue",
    [32] = "lsa_LookupPrivName", [33] = "lsa_LookupPrivDisplayName", [34] = "lsa_DeleteObject",
    [35] = "lsa_EnumAccountsWithUserRight", [36] = "lsa_EnumAccountRights", [37] = "lsa_AddAccountRights",
    [38] = "lsa_RemoveAccountRights", [39] = "lsa_QueryTrustedDomainInfoBySid", [40] = "lsa_SetTrustedDomainInfo",
    [41] = "lsa_DeleteTrustedDomain", [42] = "lsa_StorePrivateData", [43] = "lsa_RetrievePrivateData",
    [44] = "lsa_OpenPolicy2", [45] = "lsa_GetUserName", [46] = "lsa_QueryInfoPolicy2", [47] = "lsa_SetInfoPolicy2",
    [48] = "lsa_QueryTrustedDomainInfoByName", [49] = "lsa_SetTrustedDomainInfoByName",
    [50] = "lsa_EnumTrustedDomainsEx", [51] = "lsa_CreateTrustedDomainEx", [52] = "lsa_CloseTrustedDomainEx",
    [53] = "lsa_QueryDomainInformationPolicy", [54] = "lsa_SetDomainInformationPolicy",
    [55] = "lsa_OpenTrustedDomainByName", [56] = "lsa_TestCall", [57] = "lsa_LookupSids2", [58] = "lsa_LookupNames2",
    [59] = "lsa_CreateTrustedDomainEx2", [60] = "lsa_CREDRWRITE", [61] = "lsa_CREDRREAD",
    [62] = "lsa_CREDRENUMERATE", [63] = "lsa_CREDRWRITEDOMAINCREDENTIALS", [64] = "lsa_CREDRREADDOMAINCREDENTIALS",
    [65] = "lsa_CREDRDELETE", [66] = "lsa_CREDRGETTARGETINFO", [67] = "lsa_CREDRPROFILELOADED",
    [68] = "lsa_LookupNames3", [69] = "lsa_CREDRGETSESSIONTYPES", [70] = "lsa_LSARREGISTERAUDITEVENT",
    [71] = "lsa_LSARGENAUDITEVENT", [72] = "lsa_LSARUNREGISTERAUDITEVENT",
    [73] = "lsa_lsaRQueryForestTrustInformation", [74] = "lsa_LSARSETFORESTTRUSTINFORMATION",
    [75] = "lsa_CREDRRENAME", [76] = "lsa_LookupSids3", [77] = "lsa_LookupNames4", [78] = "lsa_LSAROPENPOLICYSCE",
    [79] = "lsa_LSARADTREGISTERSECURITYEVENTSOURCE", [80] = "lsa_LSARADTUNREGISTERSECURITYEVENTSOURCE",
    [81] = "lsa_LSARADTREPORTSECURITYEVENT",
};

static const char *const srvsvc_ops[] = {
    [0] = "NetCharDevEnum", [1] = "NetCharDevGetInfo", [2] = "NetCharDevControl", [3] = "NetCharDevQEnum",
    [4] = "NetCharDevQGetInfo", [5] = "NetCharDevQSetInfo", [6] = "NetCharDevQPurge", [7] = "NetCharDevQPurgeSelf",
    [8] = "NetConnEnum", [9] = "NetFileEnum", [10] = "NetFileGetInfo", [11] = "NetFileClose", [12] = "NetSessEnum",
    [13] = "NetSessDel", [14] = "NetShareAdd", [15] = "NetShareEnumAll", [16] = "NetShareGetInfo",
    [17] = "NetShareSetInfo", [18] = "NetShareDel", [19] = "NetShareDelSticky", [20] = "NetShareCheck",
    [21] = "NetSrvGetInfo", [22] = "NetSrvSetInfo", [23] = "NetDiskEnum", [24] = "NetServerStatisticsGet",
    [25] = "NetTransportAdd", [26] = "NetTransportEnum", [27] = "NetTransportDel", [28] = "NetRemoteTOD",
    [29] = "NetSetServiceBits", [30] = "NetPathType", [31] = "NetPathCanonicalize", [32] = "NetPathCompare",
    [33] = "NetNameValidate", [34] = "NETRPRNAMECANONICALIZE", [35] = "NetPRNameCompare", [36] = "NetShareEnum",
    [37] = "NetShareDelStart", [38] = "NetShareDelCommit", [39] = "NetGetFileSecurity", [40] = "NetSetFileSecurity",
    [41] = "NetServerTransportAddEx", [42] = "NetServerSetServiceBitsEx", [43] = "NETRDFSGETVERSION",
    [44] = "NETRDFSCREATELOCALPARTITION", [45] = "NETRDFSDELETELOCALPARTITION", [46] = "NETRDFSSETLOCALVOLUMESTATE",
    [47] = "NETRDFSSETSERVERINFO", [48] = "NETRDFSCREATEEXITPOINT", [49] = "NETRDFSDELETEEXITPOINT",
    [50] = "NETRDFSMODIFYPREFIX", [51] = "NETRDFSFIXLOCALVOLUME", [52] = "NETRDFSMANAGERREPORTSITEINFO",
    [53] = "NETRSERVERTRANSPORTDELEX",
};

static const char *const wkssvc_ops[] = {
    [0] = "NetWkstaGetInfo", [1] = "NetWkstaSetInfo", [2] = "NetWkstaEnumUsers", [3] = "NetrWkstaUserGetInfo",
    [4] = "NetrWkstaUserSetInfo", [5] = "NetWkstaTransportEnum", [6] = "NetrWkstaTransportAdd",
    [7] = "NetrWkstaTransportDel", [8] = "NetrUseAdd", [9] = "NetrUseGetInfo", [10] = "NetrUseDel",
    [11] = "NetrUseEnum", [12] = "NetrMessageBufferSend", [13] = "NetrWorkstationStatisticsGet",
    [14] = "NetrLogonDomainNameAdd", [15] = "NetrLogonDomainNameDel", [16] = "NetrJoinDomain",
    [17] = "NetrUnjoinDomain", [18] = "NetrRenameMachineInDomain", [19] = "NetrValidateName",
    [20] = "NetrGetJoinInformation", [21] = "NetrGetJoinableOus", [22] = "NetrJoinDomain2",
    [23] = "NetrUnjoinDomain2", [24] = "NetrRenameMachineInDomain2", [25] = "NetrValidateName2",
    [26] = "NetrGetJoinableOus2", [27] = "NetrAddAlternateComputerName", [28] = "NetrRemoveAlternateComputerName",
    [29] = "NetrSetPrimaryComputername", [30] = "NetrEnumerateComputerNames",
};

static const char *const drsuapi_ops[] = {
    [0] = "DsBind", [1] = "DsUnbind", [2] = "DsReplicaSync", [3] = "DsGetNCChanges", [4] = "DsReplicaUpdateRefs",
    [5] = "DRSUAPI_REPLICA_ADD", [6] = "DRSUAPI_REPLICA_DEL", [7] = "DRSUAPI_REPLICA_MODIFY",
    [8] = "DRSUAPI_VERIFY_NAMES", [9] = "DRSUAPI_GET_MEMBERSHIPS", [10] = "DRSUAPI_INTER_DOMAIN_MOVE",
    [11] = "DRSUAPI_GET_NT4_CHANGELOG", [12] = "DsCrackNames", [13] = "DsWriteAccountSpn",
    [14] = "DRSUAPI_REMOVE_DS_SERVER", [15] = "DRSUAPI_REMOVE_DS_DOMAIN", [16] = "DsGetDomainControllerInfo",
    [17] = "DsAddEntry", [18] = "DRSUAPI_EXECUTE_KCC", [19] = "DsReplicaGetInfo", [20] = "DRSUAPI_ADD_SID_HISTORY",
    [21] = "DRSUAPI_GET_MEMBERSHIPS2", [22] = "DRSUAPI_REPLICA_VERIFY_OBJECTS",
    [23] = "DRSUAPI_GET_OBJECT_EXISTENCE", [24] = "DRSUAPI_QUERY_SITES_BY_COST",
};

static const char *const spoolss_ops[] = {
    [0] = "EnumPrinters", [1] = "OpenPrinter", [2] = "SetJob", [3] = "GetJob", [4] = "EnumJobs", [5] = "AddPrinter",
    [6] = "DeletePrinter", [7] = "SetPrinter", [8] = "GetPrinter", [9] = "AddPrinterDriver",
    [10] = "EnumPrinterDrivers", [11] = "GetPrinterDriver", [12] = "GetPrinterDriverDirectory",
    [13] = "DeletePrinterDriver", [14] = "AddPrintProcessor", [15] = "EnumPrintProcessor",
    [16] = "GetPrintProcessorDirectory", [17] = "StartDocPrinter", [18] = "StartPagePrinter", [19] = "WritePrinter",
    [20] = "EndPagePrinter", [21] = "AbortPrinter", [22] = "ReadPrinter", [23] = "EndDocPrinter", [24] = "AddJob",
    [25] = "ScheduleJob", [26] = "GetPrinterData", [27] = "SetPrinterData", [28] = "WaitForPrinterChange",
    [29] = "ClosePrinter", [30] = "AddForm", [31] = "DeleteForm", [32] = "GetForm", [33] = "SetForm",
    [34] = "EnumForms", [35] = "EnumPorts", [36] = "EnumMonitors", [37] = "AddPort", [38] = "ConfigurePort",
    [39] = "DeletePort", [40] = "CreatePrinterIC", [41] = "PlayDiscriptOnPrinterIC", [42] = "DeletePrinterIC",
    [43] = "AddPrinterConnection", [44] = "DeletePrinterConnection", [45] = "PrinterMessageBox", [46] = "AddMonitor",
    [47] = "DeleteMonitor", [48] = "DeletePrintProcessor", [49] = "AddPrintProvider", [50] = "DeletePrintProvider",
    [51] = "EnumPrintProcDataTypes", [52] = "ResetPrinter", [53] = "GetPrinterDriver2",
    [54] = "FindFirstPrinterChangeNotification", [55] = "FindNextPrinterChangeNotification", [56] = "FCPN",
    [57] = "RouterFindFirstPrinterNotificationOld", [58] = "ReplyOpenPrinter", [59] = "RouterReplyPrinter",
    [60] = "ReplyClosePrinter", [61] = "AddPortEx", [62] = "RemoteFindFirstPrinterChangeNotification",
    [63] = "SpoolerInit", [64] = "ResetPrinterEx", [65] = "RFFPCNEX", [66] = "RRPCN", [67] = "RFNPCNEX",
    [69] = "OpenPrinterEx", [70] = "AddPrinterEx", [72] = "EnumPrinterData", [73] = "DeletePrinterData",
    [77] = "SetPrinterDataEx", [78] = "GetPrinterDataEx", [79] = "EnumPrinterDataEx", [80] = "EnumPrinterKey",
    [81] = "DeletePrinterDataEx", [84] = "DeletePrinterDriverEx", [89] = "AddPrinterDriverEx",
    [102] = "GetCorePrinterDrivers", [104] = "GetPrinterDriverPackagePath",
};

static const char *const netlogon_ops[] = {
    [0] = "NetrLogonUasLogon", [1] = "NetrLogonUasLogoff", [2] = "NetrLogonSamLogon", [3] = "NetrLogonSamLogoff",
    [4] = "NetrServerReqChallenge", [5] = "NetrServerAuthenticate", [6] = "NetrServerPasswordSet",
    [7] = "NetrDatabaseDeltas", [8] = "NetrDatabaseSync", [9] = "NetrAccountDeltas", [10] = "NetrAccountSync",
    [11] = "NetrGetDCName", [12] = "NetrLogonControl", [13] = "NetrGetAnyDCName", [14] = "NetrLogonControl2",
    [15] = "NetrServerAuthenticate2", [16] = "NetrDatabaseSync2", [17] = "NetrDatabaseRedo",
    [18] = "NetrLogonControl2Ex", [19] = "NetrEnumerateTrustedDomains", [20] = "DsrGetDcName",
    [21] = "NetrLogonDummyRoutine1", [22] = "NetrLogonSetServiceBits", [23] = "NetrLogonGetTrustRid",
    [24] = "NetrLogonComputeServerDigest", [25] = "NetrLogonComputeClientDigest", [26] = "NetrServerAuthenticate3",
    [27] = "DsrGetDcNameEx", [28] = "DsrGetSiteName", [29] = "NetrLogonGetDomainInfo",
    [30] = "NetrServerPasswordSet2", [31] = "NetrServerPasswordGet", [32] = "NetrLogonSendToSam",
    [33] = "DsrAddressToSiteNamesW", [34] = "DsrGetDcNameEx2", [35] = "NetrLogonGetTimeServiceParentDomain",
    [36] = "NetrEnumerateTrustedDomainsEx", [37] = "DsrAddressToSiteNamesExW", [38] = "DsrGetDcSiteCoverageW",
    [39] = "NetrLogonSamLogonEx", [40] = "DsrEnumerateDomainTrusts", [41] = "DsrDeregisterDnsHostRecords",
    [42] = "NetrServerTrustPasswordsGet", [43] = "DsrGetForestTrustInformation",
    [44] = "NetrGetForestTrustInformation", [45] = "NetrLogonSamLogonWithFlags", [46] = "NetrServerGetTrustInfo",
};

static const char *const epmapper_ops[] = {
    [0] = "Insert", [1] = "Delete", [2] = "Lookup", [3] = "Map", [4] = "LookupHandleFree", [5] = "InqObject",
    [6] = "MgmtDelete",
};

static const char *const initshutdown_ops[] = {
    [0] = "Init", [1] = "Abort", [2] = "InitEx",
};

static const char *const eventlog_ops[] = {
    [0] = "ClearEventLogW", [1] = "BackupEventLogW", [2] = "CloseEventLog", [3] = "DeregisterEventSource",
    [4] = "GetNumRecords", [5] = "GetOldestRecord", [6] = "ChangeNotify", [7] = "OpenEventLogW",
    [8] = "RegisterEventSourceW", [9] = "OpenBackupEventLogW", [10] = "ReadEventLogW", [11] = "ReportEventW",
    [12] = "ClearEventLogA", [13] = "BackupEventLogA", [14] = "OpenEventLogA", [15] = "RegisterEventSourceA",
    [16] = "OpenBackupEventLogA", [17] = "ReadEventLogA", [18] = "ReportEventA", [19] = "RegisterClusterSvc",
    [20] = "DeregisterClusterSvc", [21] = "WriteClusterEvents", [22] = "GetLogIntormation", [23] = "FlushEventLog",
};

static const char *const efsrpc_ops[] = {
    [0] = "EfsRpcOpenFileRaw", [1] = "EfsRpcReadFileRaw", [2] = "EfsRpcWriteFileRaw", [3] = "EfsRpcCloseRaw",
    [4] = "EfsRpcEncryptFileSrv", [5] = "EfsRpcDecryptFileSrv", [6] = "EfsRpcQueryUsersOnFile",
    [7] = "EfsRpcQueryRecoveryAgents", [8] = "EfsRpcRemoveUsersFromFile", [9] = "EfsRpcAddUsersToFile",
    [10] = "EfsRpcSetFileEncryptionKey", [11] = "EfsRpcNotSupported", [12] = "EfsRpcFileKeyInfo",
    [13] = "EfsRpcDuplicateEncryptionInfoFile",
};

static const char *const netdfs_ops[] = {
    [0] = "dfs_GetManagerVersion", [1] = "dfs_Add", [2] = "dfs_Remove", [3] = "dfs_SetInfo", [4] = "dfs_GetInfo",
    [5] = "dfs_Enum", [6] = "dfs_Rename", [7] = "dfs_Move", [8] = "dfs_ManagerGetConfigInfo",
    [9] = "dfs_ManagerSendSiteInfo", [10] = "dfs_AddFtRoot", [11] = "dfs_RemoveFtRoot", [12] = "dfs_AddStdRoot",
    [13] = "dfs_RemoveStdRoot", [14] = "dfs_ManagerInitialize", [15] = "dfs_AddStdRootForced",
    [16] = "dfs_GetDcAddress", [17] = "dfs_SetDcAddress", [18] = "dfs_FlushFtTable", [19] = "dfs_Add2",
    [20] = "dfs_Remove2", [21] = "dfs_EnumEx", [22] = "dfs_SetInfo2",
};

#define OPS(table) (table), sizeof(table) / sizeof((table)[0])

static const struct dcerpc_interface interfaces[] = {
    {{0x81, 0xbb, 0x7a, 0x36, 0x44, 0x98, 0xf1, 0x35, 0xad, 0x32, 0x98, 0xf0, 0x38, 0x00, 0x10, 0x03},
     "svcctl", OPS(svcctl_ops), CLASS_ADMIN},
    {{0x82, 0x06, 0xf7, 0x1f, 0x51, 0x0a, 0xe8, 0x30, 0x07, 0x6d, 0x74, 0x0b, 0xe8, 0xce, 0xe9, 0x8b},
     "atsvc", OPS(atsvc_ops), CLASS_ADMIN},
    {{0x49, 0x59, 0xd3, 0x86, 0xc9, 0x83, 0x44, 0x40, 0xb4, 0x24, 0xdb, 0x36, 0x32, 0x31, 0xfd, 0x0c},
     "ITaskSchedulerService", OPS(itaskschedulerservice_ops), CLASS_ADMIN},
    {{0x01, 0xd0, 0x8c, 0x33, 0x44, 0x22, 0xf1, 0x31, 0xaa, 0xaa, 0x90, 0x00, 0x38, 0x00, 0x10, 0x03},
     "winreg", OPS(winreg_ops), CLASS_NONE},
    {{0x78, 0x57, 0x34, 0x12, 0x34, 0x12, 0xcd, 0xab, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xac},
     "samr", OPS(samr_ops), CLASS_NONE},
    {{0x78, 0x57, 0x34, 0x12, 0x34, 0x12, 0xcd, 0xab, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab},
     "lsarpc", OPS(lsarpc_ops), CLASS_NONE},
    {{0xc8, 0x4f, 0x32, 0x4b, 0x70, 0x16, 0xd3, 0x01, 0x12, 0x78, 0x5a, 0x47, 0xbf, 0x6e, 0xe1, 0x88},
     "srvsvc", OPS(srvsvc_ops), CLASS_NONE},
    {{0x98, 0xd0, 0xff, 0x6b, 0x12, 0xa1, 0x10, 0x36, 0x98, 0x33, 0x46, 0xc3, 0xf8, 0x7e, 0x34, 0x5a},
     "wkssvc", OPS(wkssvc_ops), CLASS_NONE},
    {{0x35, 0x42, 0x51, 0xe3, 0x06, 0x4b, 0xd1, 0x11, 0xab, 0x04, 0x00, 0xc0, 0x4f, 0xc2, 0xdc, 0xd2},
     "drsuapi", OPS(drsuapi_ops), CLASS_NONE},
    {{0x78, 0x56, 0x34, 0x12, 0x34, 0x12, 0xcd, 0xab, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab},
     "spoolss", OPS(spoolss_ops), CLASS_NONE},
    {{0x78, 0x56, 0x34, 0x12, 0x34, 0x12, 0xcd, 0xab, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0xcf, 0xfb},
     "netlogon", OPS(netlogon_ops), CLASS_NONE},
    {{0x08, 0x83, 0xaf, 0xe1, 0x1f, 0x5d, 0xc9, 0x11, 0x91, 0xa4, 0x08, 0x00, 0x2b, 0x14, 0xa0, 0xfa},
     "epmapper", OPS(epmapper_ops), CLASS_NONE},
    {{0xc0, 0xe0, 0x4d, 0x89, 0x55, 0x0d, 0xd3, 0x11, 0xa3, 0x22, 0x00, 0xc0, 0x4f, 0xa3, 0x21, 0xa1},
     "initshutdown", OPS(initshutdown_ops), CLASS_ADMIN},
    {{0xdc, 0x3f, 0x27, 0x82, 0x2a, 0xe3, 0xc3, 0x18, 0x3f, 0x78, 0x82, 0x79, 0x29, 0xdc, 0x23, 0xea},
     "eventlog", OPS(eventlog_ops), CLASS_NONE},
    {{0x88, 0xd4, 0x81, 0xc6, 0x50, 0xd8, 0xd0, 0x11, 0x8c, 0x52, 0x00, 0xc0, 0x4f, 0xd9, 0x0f, 0x7e},
     "efsrpc", OPS(efsrpc_ops), CLASS_NONE},
    {{0xe0, 0x42, 0xc7, 0x4f, 0x10, 0x4a, 0xcf, 0x11, 0x82, 0x73, 0x00, 0xaa, 0x00, 0x4a, 0xe6, 0x73},
     "netdfs", OPS(netdfs_ops), CLASS_NONE},
    {{0xc4, 0xfe, 0xfc, 0x99, 0x60, 0x52, 0x1b, 0x10, 0xbb, 0xcb, 0x00, 0xaa, 0x00, 0x21, 0x34, 0x7a},
     "IObjectExporter", NULL, 0, CLASS_NONE},
    {{0xa0, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46},
     "IRemoteSCMActivator", NULL, 0, CLASS_NONE},
    {{0xb8, 0x4a, 0x9f, 0x4d, 0x1c, 0x7d, 0xcf, 0x11, 0x86, 0x1e, 0x00, 0x20, 0xaf, 0x6e, 0x7c, 0x57},
     "IActivation", NULL, 0, CLASS_NONE},
    {{0x31, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46},
     "IRemUnknown", NULL, 0, CLASS_NONE},
    {{0x43, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46},
     "IRemUnknown2", NULL, 0, CLASS_NONE},
    {{0x99, 0xdc, 0x56, 0x95, 0x8c, 0x82, 0xcf, 0x11, 0xa3, 0x7e, 0x00, 0xaa, 0x00, 0x32, 0x40, 0xc7},
     "IWbemServices", NULL, 0, CLASS_NONE},
    {{0x18, 0xad, 0x09, 0xf3, 0x6a, 0xd8, 0xd0, 0x11, 0xa0, 0x75, 0x00, 0xc0, 0x4f, 0xb6, 0x88, 0x20},
     "IWbemLevel1Login", NULL, 0, CLASS_NONE},
    {{0x6a, 0x28, 0x19, 0x39, 0x0c, 0xb1, 0xd0, 0x11, 0x9b, 0xa8, 0x00, 0xc0, 0x4f, 0xd9, 0x2e, 0xf5},
     "dssetup", NULL, 0, CLASS_NONE},
    {{0x98, 0xd0, 0xff, 0x6b, 0x12, 0xa1, 0x10, 0x36, 0x98, 0x33, 0x01, 0x28, 0x92, 0x02, 0x01, 0x62},
     "browser", NULL, 0, CLASS_NONE},
    {{0x32, 0x35, 0x0f, 0x30, 0xcc, 0x38, 0xd0, 0x11, 0xa3, 0xf0, 0x00, 0x20, 0xaf, 0x6b, 0x0a, 0xdd},
     "trkwks", NULL, 0, CLASS_NONE},
    {{0x80, 0xbd, 0xa8, 0xaf, 0x8a, 0x7d, 0xc9, 0x11, 0xbe, 0xf4, 0x08, 0x00, 0x2b, 0x10, 0x29, 0x89},
     "mgmt", NULL, 0, CLASS_NONE},
    {{0xfb, 0x85, 0x5d, 0x88, 0x54, 0xc7, 0x62, 0x40, 0xa0, 0xe7, 0x68, 0x69, 0x2c, 0xe0, 0x00, 0x64},
     "mdssvc", NULL, 0, CLASS_NONE},
    {{0x96, 0x3f, 0xf0, 0x76, 0xfd, 0xcd, 0xfc, 0x44, 0xa2, 0x2c, 0x64, 0x95, 0x0a, 0x00, 0x12, 0x09},
     "IRemoteWinspool", NULL, 0, CLASS_NONE},
    {{0x4d, 0x3a, 0xc1, 0x39, 0x1e, 0x01, 0xd0, 0x11, 0x96, 0x75, 0x00, 0x20, 0xaf, 0xd8, 0xad, 0xb3},
     "IOPCServer", NULL, 0, CLASS_NONE},
    {{0x52, 0x3a, 0xc1, 0x39, 0x1e, 0x01, 0xd0, 0x11, 0x96, 0x75, 0x00, 0x20, 0xaf, 0xd8, 0xad, 0xb3},
     "IOPCSyncIO", NULL, 0, CLASS_NONE},
    {{0x71, 0x3a, 0xc1, 0x39, 0x1e, 0x01, 0xd0, 0x11, 0x96, 0x75, 0x00, 0x20, 0xaf, 0xd8, 0xad, 0xb3},
     "IOPCAsyncIO2", NULL, 0, CLASS_NONE},
    {{0x70, 0x3a, 0xc1, 0x39, 0x1e, 0x01, 0xd0, 0x11, 0x96, 0x75, 0x00, 0x20, 0xaf, 0xd8, 0xad, 0xb3},
     "IOPCDataCallback", NULL, 0, CLASS_NONE},
    {{0x54, 0x3a, 0xc1, 0x39, 0x1e, 0x01, 0xd0, 0x11, 0x96, 0x75, 0x00, 0x20, 0xaf, 0xd8, 0xad, 0xb3},
     "IOPCItemMgt", NULL, 0, CLASS_NONE},
    {{0x50, 0x3a, 0xc1, 0x39, 0x1e, 0x01, 0xd0, 0x11, 0x96, 0x75, 0x00, 0x20, 0xaf, 0xd8, 0xad, 0xb3},
     "IOPCGroupStateMgt", NULL, 0, CLASS_NONE},
    {{0x4f, 0x3a, 0xc1, 0x39, 0x1e, 0x01, 0xd0, 0x11, 0x96, 0x75, 0x00, 0x20, 0xaf, 0xd8, 0xad, 0xb3},
     "IOPCBrowseServerAddressSpace", NULL, 0, CLASS_NONE},
    {{0x50, 0x6d, 0x48, 0x13, 0x21, 0x48, 0xd2, 0x11, 0xa4, 0x94, 0x3c, 0xb3, 0x06, 0xc1, 0x00, 0x00},
     "IOPCServerList", NULL, 0, CLASS_NONE},
    {{0xb4, 0x59, 0xcc, 0xf5, 0x64, 0x42, 0x1a, 0x10, 0x8c, 0x59, 0x08, 0x00, 0x2b, 0x2f, 0x84, 0x26},
     "IFileReplicaSet", NULL, 0, CLASS_NONE},
};

/* clang-format on */

const struct dcerpc_interface *dcerpc_interface_find(const uint8_t uuid[static DCERPC_UUID_BYTES])
{
	for (size_t i = 0; i < sizeof(interfaces) / sizeof(interfaces[0]); i++) {
		if (memcmp(interfaces[i].uuid, uuid, DCERPC_UUID_BYTES) == 0)
			return &interfaces[i];
	}
	return NULL;
}

const char *dcerpc_procedure(const struct dcerpc_interface *i, uint16_t opnum)
{
	return i && opnum < i->n_ops ? i->ops[opnum] : NULL;
}
