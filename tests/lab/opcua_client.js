"use strict";
/*
 * The historian's OPC UA client: finds the endpoints, opens a signed session
 * with a user name, browses the cell, reads it, subscribes for a second, leaves.
 *
 *   LAB_WORK=DIR node opcua_client.js IP HOSTNAME SERVER_URL
 */
const { OPCUAClient, SecurityPolicy, MessageSecurityMode, UserTokenType, AttributeIds, TimestampsToReturn } = require("node-opcua");
const { certificate, USER, PASSWORD } = require("./opcua_common.js");

const NODES = ["SpindleSpeed", "Temperature", "SetPoint"].map((name) => `ns=1;s=CellA.${name}`);

async function main(ip, host, url) {
	const own = await certificate("historian-client", host, ip);
	const client = OPCUAClient.create({
		applicationName: "Historian", applicationUri: own.uri,
		clientCertificateManager: own.manager, certificateFile: own.file, privateKeyFile: own.key,
		securityPolicy: SecurityPolicy.Basic256Sha256, securityMode: MessageSecurityMode.Sign,
		endpointMustExist: false, keepSessionAlive: false,
		connectionStrategy: { maxRetry: 1, initialDelay: 500 },
	});
	await client.connect(url);
	const session = await client.createSession({ type: UserTokenType.UserName, userName: USER, password: PASSWORD });
	await session.browse("ObjectsFolder");
	for (let i = 0; i < 3; i++)
		await session.read(NODES.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })));
	const subscription = await session.createSubscription2({
		requestedPublishingInterval: 400, requestedLifetimeCount: 60, requestedMaxKeepAliveCount: 10,
		maxNotificationsPerPublish: 10, publishingEnabled: true, priority: 1,
	});
	await subscription.monitor({ nodeId: NODES[0], attributeId: AttributeIds.Value },
		{ samplingInterval: 400, discardOldest: true, queueSize: 1 }, TimestampsToReturn.Both);
	await new Promise((resolve) => setTimeout(resolve, 1300));
	await subscription.terminate();
	await session.close();
	await client.disconnect();
}

main(...process.argv.slice(2)).then(() => process.exit(0), (error) => { console.error(error.message); process.exit(1); });
