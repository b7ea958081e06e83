"use strict";
/*
 * What the historian's OPC UA client does where it is not the historian:
 *
 *   guess      twelve sessions with a wrong password, one after the other
 *   crawl      browses its way down the address space, 260 nodes
 *   channels   fifty-five secure channels without a session
 *
 *   LAB_WORK=DIR node opcua_lookalike.js IP HOSTNAME SERVER_URL guess|crawl|channels
 */
const { OPCUAClient, SecurityPolicy, MessageSecurityMode, UserTokenType } = require("node-opcua");
const { certificate, USER, PASSWORD } = require("./opcua_common.js");

const GUESSES = 12, CHANNELS = 55, NODES = 260;

function clientOf(own, isOpen = false) {
	return OPCUAClient.create({
		applicationName: "Historian", applicationUri: own.uri,
		clientCertificateManager: own.manager, certificateFile: own.file, privateKeyFile: own.key,
		securityPolicy: isOpen ? SecurityPolicy.None : SecurityPolicy.Basic256Sha256,
		securityMode: isOpen ? MessageSecurityMode.None : MessageSecurityMode.Sign,
		endpointMustExist: false, keepSessionAlive: false,
		connectionStrategy: { maxRetry: 0, initialDelay: 500 },
	});
}

async function guess(own, url) {
	const client = clientOf(own);
	await client.connect(url);
	for (let i = 0; i < GUESSES; i++) {
		try {
			await client.createSession({ type: UserTokenType.UserName, userName: USER, password: `guess-${i}` });
		} catch (error) {
			console.log(`refused: ${error.message}`);
		}
	}
	await client.disconnect();
}

async function crawl(own, url) {
	const client = clientOf(own);
	await client.connect(url);
	const session = await client.createSession({ type: UserTokenType.UserName, userName: USER, password: PASSWORD });
	const seen = new Set(["RootFolder"]), todo = ["RootFolder"];
	for (let asked = 0; todo.length > 0 && asked < NODES;) {
		const some = todo.splice(0, 20);
		asked += some.length;
		const found = await session.browse(some.map((nodeId) => ({ nodeId, browseDirection: 0, includeSubtypes: true, referenceTypeId: "HierarchicalReferences", resultMask: 1 })));
		for (const reference of found.flatMap((f) => f.references || [])) {
			const id = reference.nodeId.toString();
			if (!seen.has(id)) {
				seen.add(id);
				todo.push(id);
			}
		}
	}
	await session.close();
	await client.disconnect();
}

/* Without protection, as for asking which endpoints there are; they stay open until the process ends. */
async function channels(own, url) {
	for (let i = 0; i < CHANNELS; i++) {
		const client = clientOf(own, true);
		client.on("connection_failed", () => {});
		try {
			await client.connect(url);
		} catch (error) {
			console.log(`channel ${i}: ${error.message}`);
		}
	}
}

async function main(ip, host, url, what) {
	await { guess, crawl, channels }[what](await certificate("historian-client", host, ip), url);
}

main(...process.argv.slice(2)).then(() => process.exit(0), (error) => { console.error(error.message); process.exit(1); });
