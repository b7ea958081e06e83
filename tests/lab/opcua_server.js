"use strict";
/*
 * The edge gateway's OPC UA server: a machining cell with a spindle, a
 * temperature and a set point. Sessions are signed (Basic256Sha256, mode Sign)
 * and need a user name, so that a listener can still read the services.
 *
 *   LAB_WORK=DIR node opcua_server.js IP HOSTNAME
 */
const { OPCUAServer, SecurityPolicy, MessageSecurityMode, Variant, DataType } = require("node-opcua");
const { certificate, USER, PASSWORD } = require("./opcua_common.js");

async function main(ip, host) {
	const own = await certificate("edge-server", host, ip);
	const server = new OPCUAServer({
		port: 4840, hostname: ip, maxConnectionsPerEndpoint: 100,
		serverInfo: { applicationUri: own.uri, productUri: "urn:factory:edge", applicationName: { text: "EdgeGateway", locale: "en" } },
		buildInfo: { productName: "EdgeGateway", manufacturerName: "Factory", buildNumber: "1" },
		serverCertificateManager: own.manager, certificateFile: own.file, privateKeyFile: own.key,
		securityPolicies: [SecurityPolicy.Basic256Sha256],
		securityModes: [MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt],
		allowAnonymous: false,
		userManager: { isValidUser: (user, password) => user === USER && password === PASSWORD },
	});
	await server.initialize();
	const space = server.engine.addressSpace.getOwnNamespace();
	const cell = space.addFolder("ObjectsFolder", { browseName: "CellA" });
	let beat = 0;
	const add = (name, get) => space.addVariable({
		componentOf: cell, browseName: name, nodeId: `s=CellA.${name}`, dataType: "Double",
		minimumSamplingInterval: 200, value: { get: () => new Variant({ dataType: DataType.Double, value: get() }) },
	});
	add("SpindleSpeed", () => 3000 + (beat++ % 10));
	add("Temperature", () => 41.5 + (beat % 4) / 10);
	add("SetPoint", () => 3000);
	await server.start();
	console.log("ready");
	process.on("SIGTERM", () => server.shutdown(0).then(() => process.exit(0)));
}

main(process.argv[2], process.argv[3]).catch((error) => { console.error(error.message); process.exit(1); });
