"use strict";
/*
 * An OPC UA server and its clients in one process, for recording what real software says (record.sh runs it in a
 * network namespace of its own).
 *
 *   RECORD_WORK=DIR node record.js none|sign|encrypt|x509|pss
 */
const fs = require("fs"), path = require("path");
const {
	OPCUAServer, OPCUAClient, OPCUACertificateManager, SecurityPolicy, MessageSecurityMode, UserTokenType, AttributeIds,
	TimestampsToReturn, Variant, DataType, StatusCodes, makeBrowsePath,
} = require("node-opcua");

const PORT = 4840, URL = `opc.tcp://127.0.0.1:${PORT}`, USER = "operator", PASSWORD = "not-in-any-record";

function der(file) {
	return Buffer.from(fs.readFileSync(file, "ascii").replace(/-----[A-Z ]+-----/g, ""), "base64");
}

async function certificate(name) {
	const manager = new OPCUACertificateManager({
		rootFolder: path.join(process.env.RECORD_WORK, name), automaticallyAcceptUnknownCertificate: true,
	});
	await manager.initialize();
	const file = path.join(manager.rootDir, "certificate.pem");
	await manager.createSelfSignedCertificate({
		applicationUri: `urn:golden:${name}`, dns: ["golden"], ip: ["127.0.0.1"], outputFile: file,
		subject: `/CN=${name}/O=Factory/C=JP`, startDate: new Date("2026-01-01T00:00:00Z"), validity: 3650,
	});
	return { manager, file, key: manager.privateKey, uri: `urn:golden:${name}` };
}

async function startServer() {
	const own = await certificate("server");
	const users = await certificate("users");
	const server = new OPCUAServer({
		port: PORT, hostname: "127.0.0.1",
		serverInfo: { applicationUri: own.uri, productUri: "urn:golden:product", applicationName: { text: "Golden", locale: "en" } },
		buildInfo: { productName: "Golden", manufacturerName: "Factory", buildNumber: "7", softwareVersion: "1.2.3" },
		serverCertificateManager: own.manager, userCertificateManager: users.manager, certificateFile: own.file, privateKeyFile: own.key,
		securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256, SecurityPolicy.Aes256_Sha256_RsaPss],
		securityModes: [MessageSecurityMode.None, MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt],
		allowAnonymous: true,
		userManager: { isValidUser: (user, password) => user === USER && password === PASSWORD },
	});
	await server.initialize();
	const space = server.engine.addressSpace.getOwnNamespace();
	const cell = space.addObject({ organizedBy: "ObjectsFolder", browseName: "Cell", nodeId: "s=Cell" });
	let speed = 3000;
	space.addVariable({
		componentOf: cell, browseName: "Speed", nodeId: "s=Cell.Speed", dataType: "Double", minimumSamplingInterval: 50,
		value: { get: () => new Variant({ dataType: DataType.Double, value: speed++ }) },
	});
	space.addVariable({
		componentOf: cell, browseName: "SetPoint", nodeId: "s=Cell.SetPoint", dataType: "Double",
		value: new Variant({ dataType: DataType.Double, value: 10 }),
	});
	space.addVariable({
		componentOf: cell, browseName: "Recipe", nodeId: "s=Cell.Recipe", dataType: "String",
		value: new Variant({ dataType: DataType.String, value: "steel ".repeat(5000) }),
	});
	const method = space.addMethod(cell, {
		browseName: "Start", nodeId: "s=Cell.Start",
		inputArguments: [{ name: "rate", dataType: DataType.UInt32 }], outputArguments: [{ name: "ok", dataType: DataType.Boolean }],
	});
	method.bindMethod((inputs, context, done) =>
		done(null, { statusCode: StatusCodes.Good, outputArguments: [{ dataType: DataType.Boolean, value: true }] }));
	space.addressSpace.installHistoricalDataNode(space.findNode("s=Cell.SetPoint"));
	await server.start();
	return server;
}

async function visit(kind) {
	const own = await certificate("client");
	const client = OPCUAClient.create({
		applicationName: "Visitor", applicationUri: own.uri, clientCertificateManager: own.manager, certificateFile: own.file,
		privateKeyFile: own.key, endpointMustExist: false, keepSessionAlive: false,
		securityPolicy: { none: SecurityPolicy.None, pss: SecurityPolicy.Aes256_Sha256_RsaPss }[kind] || SecurityPolicy.Basic256Sha256,
		securityMode: { none: MessageSecurityMode.None, encrypt: MessageSecurityMode.SignAndEncrypt }[kind] || MessageSecurityMode.Sign,
		connectionStrategy: { maxRetry: 1, initialDelay: 200 },
		transportSettings: { receiveBufferSize: 8192, sendBufferSize: 8192, maxMessageSize: 65536, maxChunkCount: 16 },
	});
	await client.connect(URL);
	await client.findServers();
	const identity = {
		none: { type: UserTokenType.Anonymous },
		x509: { type: UserTokenType.Certificate, certificateData: der(own.file), privateKey: fs.readFileSync(own.key, "ascii") },
	}[kind === "pss" ? "x509" : kind] || { type: UserTokenType.UserName, userName: USER, password: PASSWORD };
	const session = await client.createSession(identity);
	const browsed = await session.browse({ nodeId: "ns=1;s=Cell", browseDirection: 0, resultMask: 63, requestedMaxReferencesPerNode: 1 });
	console.log(kind, "browsed", browsed.references.length);
	await session.translateBrowsePath(makeBrowsePath("RootFolder", "/Objects/1:Cell"));
	await session.read([
		{ nodeId: "i=2256", attributeId: AttributeIds.Value }, { nodeId: "ns=1;s=Cell.Speed", attributeId: AttributeIds.Value },
		{ nodeId: "ns=1;s=Cell.Nothing", attributeId: AttributeIds.Value },
	]);
	await session.read({ nodeId: "ns=1;s=Cell.Recipe", attributeId: AttributeIds.Value });
	await session.write({
		nodeId: "ns=1;s=Cell.SetPoint", attributeId: AttributeIds.Value,
		value: { value: { dataType: DataType.Double, value: 12.5 } },
	});
	await session.call({ objectId: "ns=1;s=Cell", methodId: "ns=1;s=Cell.Start", inputArguments: [{ dataType: DataType.UInt32, value: 7 }] });
	if (kind === "pss")
		await session.readHistoryValue("ns=1;s=Cell.SetPoint", new Date(Date.now() - 3600000), new Date());
	const subscription = await session.createSubscription2({
		requestedPublishingInterval: 100, requestedLifetimeCount: 60, requestedMaxKeepAliveCount: 10,
		maxNotificationsPerPublish: 10, publishingEnabled: true, priority: 1,
	});
	await subscription.monitor({ nodeId: "ns=1;s=Cell.Speed", attributeId: AttributeIds.Value },
		{ samplingInterval: 100, discardOldest: true, queueSize: 1 }, TimestampsToReturn.Both);
	await new Promise((resolve) => setTimeout(resolve, 350));
	await subscription.terminate();
	await session.close();
	await client.disconnect();
}

async function main(kind) {
	const server = await startServer();
	await visit(kind);
	await server.shutdown(0);
}

main(process.argv[2]).then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
