/* Names as IANA's registry "Domain Name System (DNS) Parameters" and EVE write them. */
#include "dns/dns.h"

static const struct enum_name types[] = {
    {1, "A"},       {2, "NS"},       {3, "MD"},          {4, "MF"},     {5, "CNAME"},    {6, "SOA"},
    {7, "MB"},      {8, "MG"},       {9, "MR"},          {10, "NULL"},  {11, "WKS"},     {12, "PTR"},
    {13, "HINFO"},  {14, "MINFO"},   {15, "MX"},         {16, "TXT"},   {17, "RP"},      {18, "AFSDB"},
    {19, "X25"},    {20, "ISDN"},    {21, "RT"},         {22, "NSAP"},  {23, "NSAPPTR"}, {24, "SIG"},
    {25, "KEY"},    {26, "PX"},      {27, "GPOS"},       {28, "AAAA"},  {29, "LOC"},     {30, "NXT"},
    {31, "EID"},    {32, "NIMLOC"},  {33, "SRV"},        {34, "ATMA"},  {35, "NAPTR"},   {36, "KX"},
    {37, "CERT"},   {38, "A6"},      {39, "DNAME"},      {40, "SINK"},  {41, "OPT"},     {42, "APL"},
    {43, "DS"},     {44, "SSHFP"},   {45, "IPSECKEY"},   {46, "RRSIG"}, {47, "NSEC"},    {48, "DNSKEY"},
    {49, "DHCID"},  {50, "NSEC3"},   {51, "NSEC3PARAM"}, {52, "TLSA"},  {53, "SMIMEA"},  {55, "HIP"},
    {59, "CDS"},    {60, "CDNSKEY"}, {61, "OPENPGPKEY"}, {62, "CSYNC"}, {63, "ZONEMD"},  {64, "SVCB"},
    {65, "HTTPS"},  {99, "SPF"},     {104, "NID"},       {105, "L32"},  {106, "L64"},    {107, "LP"},
    {108, "EUI48"}, {109, "EUI64"},  {249, "TKEY"},      {250, "TSIG"}, {251, "IXFR"},   {252, "AXFR"},
    {253, "MAILB"}, {254, "MAILA"},  {255, "ANY"},       {256, "URI"},  {257, "CAA"},    {32768, "TA"},
    {32769, "DLV"}, {65281, "WINS"}, {65282, "WINSR"},
};
static const struct enum_names dns_type_names = ENUM_NAMES(types);

static const struct enum_name classes[] = {
    {1, "IN"}, {3, "CH"}, {4, "HS"}, {254, "NONE"}, {255, "ANY"},
};
static const struct enum_names dns_class_names = ENUM_NAMES(classes);

static const struct enum_name rcodes[] = {
    {0, "NOERROR"},  {1, "FORMERR"},    {2, "SERVFAIL"}, {3, "NXDOMAIN"},  {4, "NOTIMP"},
    {5, "REFUSED"},  {6, "YXDOMAIN"},   {7, "YXRRSET"},  {8, "NXRRSET"},   {9, "NOTAUTH"},
    {10, "NOTZONE"}, {11, "DSOTYPENI"}, {16, "BADVERS"}, {17, "BADKEY"},   {18, "BADTIME"},
    {19, "BADMODE"}, {20, "BADNAME"},   {21, "BADALG"},  {22, "BADTRUNC"}, {23, "BADCOOKIE"},
};
static const struct enum_names dns_rcode_names = ENUM_NAMES(rcodes);

#define FIELD(id, name, type, names, flags, spec, doc)                                                                 \
	[id] = {&dns_table, name, FIELD_TYPE_##type, flags, names, spec, doc, NULL},
const struct field_def dns_field[] = {
#include "dns/dns_fields.def"
};
#undef FIELD

const struct field_table dns_table = {"dns", dns_field, DNS_FIELDS};
