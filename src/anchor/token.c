/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "anchor/token.h"

#include "anchor/root_int.h"
#include "base/log.h"

enum err
key_public(const struct key *k, struct cose_key *out)
{
	struct signer s;

	if (key_in_tpm(&k->row))
		return cose_key_decode(WIRE_SPAN(k->row.point), out);
	TRY(signer_ed25519(k->seed, &s));
	*out = s.key;
	return ERR_OK;
}

enum err
key_make_in_tpm(struct root *root, const struct secret *auth,
    struct msg_key *row, struct cose_key *public)
{
	struct tpm_blob blob;

	*public = (struct cose_key){ .kind = COSE_P256 };
	TRY(tpm_key_create(root->tpm, &root->k, auth, &blob, public->x,
	    public->y, NULL));
	row->has_pub = row->has_priv = row->has_point = true;
	TRY(WIRE_SET_BYTES(row->pub,
	    ((struct span){ blob.pub, blob.pub_len })));
	TRY(WIRE_SET_BYTES(row->priv,
	    ((struct span){ blob.priv, blob.priv_len })));
	return cose_key_encode(public, row->point.at, &row->point.len);
}

enum err
token_key_load(struct root *root, const struct key *k, struct token_key *out)
{
	const struct msg_key *row = &k->row;

	*out = (struct token_key){ .root = root };
	if (!row->has_pub || !row->has_priv || !row->has_point ||
	    row->pub.len > sizeof(out->blob.pub) ||
	    row->priv.len > sizeof(out->blob.priv))
		return log_err(ERR_MALFORMED, "a key in the TPM lacks a part");
	memcpy(out->blob.pub, row->pub.at, row->pub.len);
	memcpy(out->blob.priv, row->priv.at, row->priv.len);
	out->blob.pub_len = row->pub.len;
	out->blob.priv_len = row->priv.len;
	return key_public(k, &out->public);
}

enum err
token_key_sign(const struct token_key *key, const struct secret *auth,
    struct span tbs, uint8_t sig[static COSE_SIGNATURE_LEN])
{
	return root_sign(key->root, &key->blob, auth, &key->public, tbs, sig);
}
