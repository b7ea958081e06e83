/*
 * A server and a client of libmodbus in one program, for recording what real software says (record.sh runs it in a
 * network namespace of its own).
 */
#include <modbus.h>
#include <stdio.h>
#include <unistd.h>

enum { UNIT = 17, ITEMS = 64 };

static int serve(modbus_t *m, int listener)
{
	modbus_mapping_t *map = modbus_mapping_new(ITEMS, ITEMS, ITEMS, ITEMS);
	uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
	int n = 0;

	map->tab_input_registers[3] = 777;
	map->tab_input_bits[2] = 1;
	for (modbus_tcp_accept(m, &listener); n >= 0; n = modbus_receive(m, query)) {
		if (n > 0)
			modbus_reply(m, query, n, map);
	}
	return 0;
}

int main(void)
{
	modbus_t *server = modbus_new_tcp("127.0.0.1", 502), *client = modbus_new_tcp("127.0.0.1", 502);
	int listener = modbus_tcp_listen(server, 1);
	uint8_t bits[ITEMS] = {1, 0, 1, 1}, identify[] = {UNIT, 0x2b, 0x0e, 1, 0}, answer[MODBUS_TCP_MAX_ADU_LENGTH];
	uint16_t registers[ITEMS] = {1, 2, 3, 4, 5, 6, 7, 8};

	if (listener < 0 || fork() == 0)
		return listener < 0 ? 1 : serve(server, listener);
	modbus_set_slave(client, UNIT);
	if (modbus_connect(client)) {
		perror("connect");
		return 1;
	}
	modbus_write_bit(client, 5, 1);
	modbus_write_bits(client, 8, 20, bits);
	modbus_read_bits(client, 0, 40, bits);
	modbus_read_input_bits(client, 0, 9, bits);
	modbus_write_register(client, 7, 0x1234);
	modbus_write_registers(client, 10, 8, registers);
	modbus_read_registers(client, 0, 20, registers);
	modbus_read_input_registers(client, 0, 5, registers);
	modbus_mask_write_register(client, 7, 0xf0f0, 0x0505);
	modbus_write_and_read_registers(client, 20, 4, registers, 7, 6, registers);
	modbus_report_slave_id(client, sizeof(bits), bits);
	modbus_read_registers(client, 60, 10, registers); /* beyond the end */
	modbus_send_raw_request(client, identify, sizeof(identify));
	modbus_receive_confirmation(client, answer);
	modbus_close(client);
	return 0;
}
