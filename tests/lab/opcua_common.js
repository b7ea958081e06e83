"use strict";
/*
 * What the OPC UA server and client of the lab share: where certificates live,
 * and that they are valid from the first day of the recorded year on.
 */
const path = require("path");
const { OPCUACertificateManager } = require("node-opcua");

const SHOWN_YEAR = new Date("2026-01-01T00:00:00Z");

/* A key store under LAB_WORK/name with one self-signed certificate. */
async function certificate(name, host, ip) {
	const manager = new OPCUACertificateManager({
		rootFolder: path.join(process.env.LAB_WORK, name),
		automaticallyAcceptUnknownCertificate: true,
	});
	await manager.initialize();
	const file = path.join(manager.rootDir, "certificate.pem");
	const uri = `urn:${host}:${name}`;
	await manager.createSelfSignedCertificate({
		applicationUri: uri, dns: [host], ip: [ip], outputFile: file,
		subject: `/CN=${name}/O=Factory/C=JP`, startDate: SHOWN_YEAR, validity: 3650,
	});
	return { manager, file, key: manager.privateKey, uri };
}

module.exports = { certificate, USER: "historian", PASSWORD: "factory-lab" };
