#include "ot/ot_access.h"

static const struct enum_name accesses[] = {
    {OT_ACCESS_OTHER, "other"}, {OT_ACCESS_READ, "read"},       {OT_ACCESS_WRITE, "write"},
    {OT_ACCESS_ADMIN, "admin"}, {OT_ACCESS_PROGRAM, "program"},
};
const struct enum_names ot_access_names = ENUM_NAMES(accesses);

enum function_class ot_access_class(enum ot_access a)
{
	static const uint8_t classes[] = {
	    [OT_ACCESS_OTHER] = CLASS_NONE,  [OT_ACCESS_READ] = CLASS_READ,       [OT_ACCESS_WRITE] = CLASS_WRITE,
	    [OT_ACCESS_ADMIN] = CLASS_ADMIN, [OT_ACCESS_PROGRAM] = CLASS_PROGRAM,
	};
	return (enum function_class)classes[a];
}

const struct ot_command *ot_command_find(const struct ot_command *table, size_t n, uint16_t code)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = (low + high) / 2;
		if (table[mid].code == code)
			return &table[mid];
		if (table[mid].code < code)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}
