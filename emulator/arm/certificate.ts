import { generate } from "selfsigned";

/** A private key and its certificate, both PEM. */
export interface Certificate {
  key: string;
  cert: string;
}

/**
 * Makes a certificate for localhost and 127.0.0.1 that signs itself, so that a client which is given it as a CA
 * (`tlsOptions.ca`, NODE_EXTRA_CA_CERTS, REQUESTS_CA_BUNDLE) trusts the server.
 */
export async function createCertificate(): Promise<Certificate> {
  const pem = await generate([{ name: "commonName", value: "localhost" }], {
    algorithm: "sha256",
    keySize: 2048,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", digitalSignature: true, keyEncipherment: true, keyCertSign: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  return { key: pem.private, cert: pem.cert };
}
