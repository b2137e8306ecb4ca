package signing

import rego.v1

signs := {"token-signing", "code-signing", "certificate-signing", "document-signing"}

hardware := {"hsm", "cloud-hsm", "tpm"}

# Signing keys must be HSM-resident: a key with the store that it is in.
deny contains id if {
	some id, key in input.keys
	key.kind != "public"
	key.state != "destroyed"
	some purpose in key.purposes
	purpose in signs
	not input.keyStores[key.store].custody in hardware
}
