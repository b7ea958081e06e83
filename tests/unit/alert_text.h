/*
 * An alert's JSON as the tests of receivers need it: every member that is mapped, with text that wants escaping.
 */
#ifndef SEKISHO_TESTS_ALERT_TEXT_H
#define SEKISHO_TESTS_ALERT_TEXT_H

#define ALERT_TEXT                                                                                                             \
	"{\"timestamp\":\"2026-11-22T00:14:00.000001+0000\",\"event_type\":\"alert\",\"host\":\"kansai-1\","                       \
	"\"in_iface\":\"eth1\",\"pcap_filename\":\"x.pcap\",\"pcap_cnt\":7,\"flow_id\":18446744073709551615,"                     \
	"\"community_id\":\"1:wCb3OG7yAFWelaUydu0D+125CLM=\",\"vlan\":[20],"                                                     \
	"\"ether\":{\"src_mac\":\"00:80:f4:00:00:01\",\"dest_mac\":\"00:80:f4:00:00:02\"},"                                      \
	"\"src_ip\":\"192.168.2.14\",\"src_port\":50096,\"dest_ip\":\"192.168.3.10\",\"dest_port\":502,\"proto\":\"TCP\","       \
	"\"app_proto\":\"modbus\",\"app_proto_by\":\"dissector\",\"alert\":{\"action\":\"allowed\",\"gid\":1,"                   \
	"\"signature_id\":9100005,\"rev\":3,\"signature\":\"a|b\\\\c=d\\nwrote\",\"category\":\"modbus\",\"severity\":1,"         \
	"\"metadata\":{\"mitre_technique_id\":[\"T0814\"]}},\"modbus\":{\"unit_id\":17,\"request\":{\"address\":107}},"           \
	"\"sekisho\":{\"v\":1,\"alert_id\":\"01M808TX00ZA5566YBK8MD0J5K\",\"rule_id\":\"SKS-MB-05\","                            \
	"\"fingerprint\":\"00112233445566778899aabbccddeeff\","                                                                  \
	"\"title_ja\":\"事務所の端末=A|1 が\\\\ライン1のPLCに\\n強制リッスンを送りました\\u001b[31m\","                           \
	"\"title_en\":\"a|b\\\\c=d wrote\\nforce listen only\","                                                                 \
	"\"action_ja\":\"設備を止める前に、ライン責任者に確認してください。\",\"action_en\":\"Ask before you unplug.\","         \
	"\"level\":\"critical\",\"sev\":{\"base\":90,\"impact\":1,\"zone\":1,\"final\":90,\"word_ja\":\"緊急\","                  \
	"\"word_en\":\"critical\",\"impact_level\":\"high\"},\"src\":{\"asset_id\":null,\"name\":\"192.168.2.14\",\"zone\":\"office\",\"usage\":null},"    \
	"\"dest\":{\"asset_id\":\"A000017\",\"name\":\"プレス1号機\",\"zone\":\"line1\",\"usage\":\"control\","                   \
	"\"use_case\":\"production\"},\"attack_ics\":[\"T0814\",\"T0855\"],\"meti\":[\"3-7\"],\"jnsa\":[\"4\",\"7\"],"            \
	"\"ipa_phase\":\"P4\",\"iec62443\":[],\"object\":{\"proto\":\"modbus\",\"unit\":17},"                                    \
	"\"evidence\":{\"one_sided\":false,\"loss_pct_5m\":0.25,\"confidence\":\"medium\"},"                                     \
	"\"sensor\":{\"id\":\"kansai-1\",\"site\":null,\"version\":\"0.1.0\"},"                                                  \
	"\"first_seen\":\"2026-11-22T00:13:59.999000+0000\",\"last_seen\":\"2026-11-22T00:14:00.000001+0000\",\"count\":10,"     \
	"\"state\":\"open\",\"change\":\"update\"}}"

#endif
