#include "ledger/kinds.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "ledger/width.h"

static const struct kind_word devices[] = {
    {"plc", "PLC", "PLC"},
    {"hmi", "HMI", "HMI"},
    {"scada", "SCADA", "SCADA"},
    {"dcs", "DCS", "DCS"},
    {"robot", "ロボット", "Robot"},
    {"cnc", "CNC", "CNC"},
    {"sensor", "産業用センサ", "Industrial sensor"},
    {"rtu", "RTU", "RTU"},
    {"gateway", "ゲートウェイ", "Gateway"},
    {"edge", "エッジ端末", "Edge terminal"},
    {"agv", "AGV", "AGV"},
    {"warehouse", "自動倉庫", "Automated warehouse"},
    {"inspection", "計量/検査", "Weighing or inspection"},
    {"camera", "監視カメラ", "Camera"},
    {"printer", "複合機", "Multifunction printer"},
    {"handy", "ハンディターミナル", "Handy terminal"},
    {"mobile", "スマホ・タブレット", "Phone or tablet"},
    {"wearable", "作業員ウェアラブル", "Wearable"},
    {"rfid", "RFID", "RFID"},
    {"env_sensor", "環境監視センサー", "Environment sensor"},
    {"ap", "無線AP", "Wireless access point"},
    {"switch", "スイッチ", "Switch"},
    {"router", "FW/ルータ", "Firewall or router"},
    {"vpn", "VPN装置", "VPN device"},
    {"maintenance_pc", "保守用PC", "Maintenance PC"},
    {"server", "サーバ", "Server"},
    {"nas", "NAS", "NAS"},
    {"cloud_gateway", "クラウドゲートウェイ", "Cloud gateway"},
    {"other", "その他", "Other"},
    {NULL, NULL, NULL},
};

static const struct kind_word usages[] = {
    {"control", "制御", "Control"},
    {"analytics", "予測・分析", "Prediction and analysis"},
    {"storage", "蓄積", "Storage"},
    {NULL, NULL, NULL},
};

static const struct kind_word use_cases[] = {
    {"production", "本番利用", "Production"},
    {"poc", "検証利用", "Proof of concept"},
    {NULL, NULL, NULL},
};

static const struct kind_word phases[] = {
    {"consult", "事前相談", "Prior consultation"},
    {"review.risk", "導入審査（リスク評価）", "Introduction review - risk assessment"},
    {"review.intro", "導入審査（導入チェック）", "Introduction review - introduction check"},
    {"config", "設定チェック", "Configuration check"},
    {"operate", "運用チェック", "Operation check"},
    {"dispose", "廃棄チェック", "Disposal check"},
    {"gone", "廃棄済／移管済", "Disposed or transferred"},
    {"unregistered", "未登録（シャドーIT）", "Unregistered"},
    {NULL, NULL, NULL},
};

static const struct kind_word decisions[] = {
    {"none", "未判定", "Not decided"},
    {"pass", "合格", "Pass"},
    {"conditional", "条件付き合格", "Conditional pass"},
    {"fail", "不合格", "Fail"},
    {"exempt_partial", "一部免除", "Partly exempt"},
    {NULL, NULL, NULL},
};

static const struct kind_word states[] = {
    {"active", "稼働", "Active"},       {"idle", "休止", "Idle"},
    {"spare", "予備", "Spare"},         {"poc", "検証", "Under test"},
    {"planned", "導入予定", "Planned"}, {"disposing", "廃棄手続中", "Being disposed of"},
    {"gone", "廃棄済", "Disposed"},     {"unknown", "未登録", "Unknown"},
    {"ignored", "対象外", "Ignored"},   {NULL, NULL, NULL},
};

static const struct kind_word impacts[] = {
    {"high", "高", "High"},
    {"mid", "中", "Medium"},
    {"low", "低", "Low"},
    {NULL, NULL, NULL},
};

/* NIST SP 800-88 */
static const struct kind_word erasures[] = {
    {"clear", "消去", "Clear"},
    {"purge", "除去", "Purge"},
    {"destroy", "破壊", "Destroy"},
    {NULL, NULL, NULL},
};

static const struct kind_word results[] = {
    {"ok", "合格", "Good"},
    {"ng", "不合格", "Not good"},
    {NULL, NULL, NULL},
};

static const struct kind_word auths[] = {
    {"none", "なし", "None"},
    {"password", "パスワード", "Password"},
    {"mfa", "多要素認証", "Multi-factor"},
    {"cert", "証明書", "Certificate"},
    {NULL, NULL, NULL},
};

static const struct kind_word encs[] = {
    {"none", "なし", "None"},
    {"tls", "TLS", "TLS"},
    {"opcua_sign", "OPC UA署名", "OPC UA Sign"},
    {"opcua_signenc", "OPC UA署名・暗号化", "OPC UA SignAndEncrypt"},
    {NULL, NULL, NULL},
};

static const struct kind_word yes_no[] = {
    {"yes", "はい", "y"},
    {"no", "いいえ", "n"},
    {"unknown", "不明", "unknown"},
    {NULL, NULL, NULL},
};

/* JPCERT/CC: what the parts of an industrial IoT system are */
static const struct kind_word jpcert_components[] = {
    {"device", "IoTデバイス", "IoT device"}, {"lan", "工場内IoTネットワーク(LAN)", "Plant network (LAN)"},
    {"server", "サーバ", "Server"},          {"wan", "外部ネットワーク(WAN)", "External network (WAN)"},
    {"cloud", "クラウド", "Cloud"},          {NULL, NULL, NULL},
};

static const struct kind_word jpcert_steps[] = {
    {"spec", "仕様策定", "Specification"}, {"select", "選定", "Selection"},  {"contract", "契約", "Contract"},
    {"install", "設置", "Installation"},   {"operate", "運用", "Operation"}, {NULL, NULL, NULL},
};

const struct kind_word *kinds_list(enum kinds_of list)
{
	static const struct kind_word *const lists[] = {
	    [KINDS_OF_DEVICE] = devices,
	    [KINDS_OF_USAGE] = usages,
	    [KINDS_OF_USE_CASE] = use_cases,
	    [KINDS_OF_PHASE] = phases,
	    [KINDS_OF_DECISION] = decisions,
	    [KINDS_OF_STATE] = states,
	    [KINDS_OF_IMPACT] = impacts,
	    [KINDS_OF_ERASURE] = erasures,
	    [KINDS_OF_RESULT] = results,
	    [KINDS_OF_AUTH] = auths,
	    [KINDS_OF_ENC] = encs,
	    [KINDS_OF_YES_NO] = yes_no,
	    [KINDS_OF_JPCERT] = jpcert_components,
	    [KINDS_OF_JPCERT_STEP] = jpcert_steps,
	};

	return lists[list];
}

const char *kinds_find(enum kinds_of list, const char *text)
{
	char word[WIDTH_TEXT_MAX], ja[WIDTH_TEXT_MAX];

	width_fold(text, word, sizeof(word));
	for (const struct kind_word *w = kinds_list(list); w->token; w++) {
		if (strcasecmp(w->token, word) == 0 || strcasecmp(width_fold(w->ja, ja, sizeof(ja)), word) == 0 ||
		    strcasecmp(w->en, word) == 0)
			return w->token;
	}
	return NULL;
}

const char *kinds_word(enum kinds_of list, const char *token, bool japanese)
{
	for (const struct kind_word *w = kinds_list(list); w->token; w++) {
		if (strcmp(w->token, token) == 0)
			return japanese ? w->ja : w->en;
	}
	return token;
}

const char *kinds_nearest(enum kinds_of list, const char *text)
{
	const char *best = NULL;
	unsigned least = (unsigned)strlen(text) / 3 + 2;

	for (const struct kind_word *w = kinds_list(list); w->token; w++) {
		const char *const words[] = {w->token, w->ja, w->en};
		for (int i = 0; i < 3; i++) {
			unsigned distance = text_distance(words[i], text);
			if (distance < least) {
				least = distance;
				best = w->token;
			}
		}
	}
	return best;
}

bool kinds_is_token(const char *text)
{
	for (const struct kind_word *w = devices; w->token; w++) {
		if (strcmp(w->token, text) == 0)
			return true;
	}
	return false;
}
