/*
 * What reads the bodies of the services: one function a service or a family, named in opcua_services.def.
 *
 * Each finds the cursors of opcua_call behind the headers. What does not hold together fails the cursor, which the
 * caller tells as an anomaly; an item of a list is read whole before anything of it is told.
 */
#ifndef SEKISHO_OPCUA_OPCUA_READERS_H
#define SEKISHO_OPCUA_OPCUA_READERS_H

#include "opcua/opcua_call.h"

/* opcua_discovery.c */
void opcua_discovery_find_servers(struct opcua_call *call);
void opcua_discovery_find_on_network(struct opcua_call *call);
void opcua_discovery_get_endpoints(struct opcua_call *call);
void opcua_discovery_register_server(struct opcua_call *call);

/* opcua_session.c */
void opcua_session_create(struct opcua_call *call);
void opcua_session_activate(struct opcua_call *call);
void opcua_session_close(struct opcua_call *call);

/* opcua_browse.c */
void opcua_browse_first(struct opcua_call *call);
void opcua_browse_next(struct opcua_call *call);

/* opcua_view.c */
void opcua_view_add_nodes(struct opcua_call *call);
void opcua_view_delete_nodes(struct opcua_call *call);
void opcua_view_add_references(struct opcua_call *call);
void opcua_view_delete_references(struct opcua_call *call);
void opcua_view_translate_paths(struct opcua_call *call);
void opcua_view_register_nodes(struct opcua_call *call);

/* opcua_attribute.c */
void opcua_attribute_read(struct opcua_call *call);
void opcua_attribute_write(struct opcua_call *call);

/* opcua_history.c */
void opcua_history_read(struct opcua_call *call);
void opcua_history_update(struct opcua_call *call);

/* opcua_method.c */
void opcua_method_call(struct opcua_call *call);

/* opcua_monitor.c */
void opcua_monitor_create_items(struct opcua_call *call);
void opcua_monitor_modify_items(struct opcua_call *call);
void opcua_monitor_set_mode(struct opcua_call *call);
void opcua_monitor_set_triggering(struct opcua_call *call);
void opcua_monitor_delete_items(struct opcua_call *call);
void opcua_monitor_create_subscription(struct opcua_call *call);
void opcua_monitor_modify_subscription(struct opcua_call *call);
void opcua_monitor_set_publishing(struct opcua_call *call);
void opcua_monitor_subscription_ids(struct opcua_call *call);

/* opcua_publish.c */
void opcua_publish(struct opcua_call *call);
void opcua_republish(struct opcua_call *call);

#endif
