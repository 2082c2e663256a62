/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "anchor/publish.h"

#include "anchor/token.h"

#include "audit/checkpoint.h"
#include "audit/keys.h"
#include "store/file.h"

static enum err
list_key(const struct key *k, struct msg_listed_key *out)
{
	struct cose_key key;

	TRY(key_public(k, &key));
	TRY(cose_key_encode(&key, out->key.at, &out->key.len));
	out->kid = k->row.kid;
	out->use = k->row.use;
	out->state = k->row.state;
	out->not_before = k->row.not_before;
	out->sign_until = k->row.sign_until;
	out->not_after = k->row.not_after;
	return ERR_OK;
}

enum err
publish_keys(struct root *root, const struct state *s, uint64_t now,
    int audit_dir, struct published *out)
{
	struct msg m = { .type = MSG_key_metadata };
	struct msg_key_metadata *k = &m.key_metadata;
	uint8_t payload[METADATA_MAX - 256];
	struct published made = { .issued_at = now };
	size_t len = 0;

	for (size_t i = 0; i < s->nkeys; i++) {
		TRY(list_key(&s->keys[i], &k->keys.at[k->keys.count++]));
		memcpy(made.kids[made.nkeys++], s->keys[i].row.kid.at,
		    COSE_KID_LEN);
	}
	TRY(WIRE_SET_TEXT(k->issuer, span_text(root->issuer)));
	k->version = s->appliance.metadata_version;
	k->issued_at = now;
	k->next_update = now + PUBLISH_FRESH;
	k->policy_floor = s->appliance.policy_floor;
	k->revocation_version = s->appliance.revocation_version;
	TRY(wire_encode_object(&m, payload, sizeof(payload), &len));
	TRY(cose_sign_embedded(&root->signer, "anchorhold/1 key_metadata",
	    (struct span){ payload, len }, made.at, sizeof(made.at),
	    &made.len));
	TRY(audit_keys_save(audit_dir, &root->signer.key,
	    (struct span){ made.at, made.len }));
	*out = made;
	return ERR_OK;
}

enum err
publish_checkpoint(struct root *root, const struct state *s, uint64_t epoch,
    uint64_t now, int audit_dir)
{
	uint8_t made[CHECKPOINT_MAX];
	size_t len = 0;

	TRY(checkpoint_make(s, epoch, now, &root->signer, made, sizeof(made),
	    &len));
	return file_replace(audit_dir, CHECKPOINT_NAME,
	    &(struct span){ made, len }, 1);
}
