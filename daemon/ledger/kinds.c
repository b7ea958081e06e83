#include "ledger/kinds.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

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

const struct kind_word *kinds_list(enum kinds_of list)
{
	static const struct kind_word *const lists[] = {[KINDS_OF_DEVICE] = devices,
							[KINDS_OF_USAGE] = usages,
							[KINDS_OF_USE_CASE] = use_cases,
							[KINDS_OF_PHASE] = phases};

	return lists[list];
}

const char *kinds_find(enum kinds_of list, const char *text)
{
	for (const struct kind_word *w = kinds_list(list); w->token; w++) {
		if (strcasecmp(w->token, text) == 0 || strcmp(w->ja, text) == 0 || strcasecmp(w->en, text) == 0)
			return w->token;
	}
	return NULL;
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
