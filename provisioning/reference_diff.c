/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/reference.h"

#include <inttypes.h>

#include "cose/act.h"
#include "crypto/hash.h"

/* A key as people can compare it: the first bytes of its thumbprint. */
static const char *
name_key(const struct wire_key *k, char out[static 17])
{
	struct cose_key key;
	uint8_t t[32] = { 0 };

	if (cose_key_decode(WIRE_SPAN(*k), &key) == ERR_OK)
		(void)!cose_key_thumbprint(&key, t);
	for (size_t i = 0; i < 8; i++)
		snprintf(out + 2 * i, 3, "%02x", t[i]);
	return out;
}

static const struct msg_officer_named *
officer_of(const struct msg_trust *t, const struct wire_id *name)
{
	for (size_t i = 0; i < t->officers.count; i++)
		if (span_equal(WIRE_SPAN(t->officers.at[i].officer_id),
		    WIRE_SPAN(*name)))
			return &t->officers.at[i];
	return NULL;
}

static void
diff_officers(struct findings *f, const struct msg_trust *old,
    const struct msg_trust *new)
{
	char was[17], is[17];

	for (size_t i = 0; i < new->officers.count; i++) {
		const struct msg_officer_named *o = &new->officers.at[i];
		const struct msg_officer_named *b = officer_of(old,
		    &o->officer_id);

		if (b == NULL)
			finding(f, "officer.added", "officer %s is added, "
			    "whose key is %s", o->officer_id.at,
			    name_key(&o->key, is));
		else if (!span_equal(WIRE_SPAN(o->key), WIRE_SPAN(b->key)))
			finding(f, "officer.key", "officer %s has another "
			    "key: %s, not %s any more", o->officer_id.at,
			    name_key(&o->key, is), name_key(&b->key, was));
	}
	for (size_t i = 0; i < old->officers.count; i++)
		if (officer_of(new, &old->officers.at[i].officer_id) == NULL)
			finding(f, "officer.removed", "officer %s is removed",
			    old->officers.at[i].officer_id.at);
	if (old->quorum != new->quorum)
		finding(f, "quorum", "from the next file on it takes %" PRIu64
		    " of %zu officers, not %" PRIu64 " of %zu", new->quorum,
		    new->officers.count, old->quorum, old->officers.count);
}

static void
diff_acl(struct findings *f, const struct msg_trust *old,
    const struct msg_trust *new)
{
	if (old->has_acl_digest == new->has_acl_digest &&
	    old->acl_version == new->acl_version &&
	    span_equal(WIRE_SPAN(old->acl_digest),
	    WIRE_SPAN(new->acl_digest)))
		return;
	if (!new->has_acl_digest)
		finding(f, "acl", "it says nothing of an ACL any more");
	else
		finding(f, "acl", "the ACL is version %" PRIu64 " with digest "
		    "%02x%02x%02x%02x..., before it was version %" PRIu64,
		    new->acl_version, new->acl_digest.at[0],
		    new->acl_digest.at[1], new->acl_digest.at[2],
		    new->acl_digest.at[3], old->acl_version);
}

static void
diff_keys(struct findings *f, const struct msg_trust *old,
    const struct msg_trust *new)
{
	char was[17], is[17];

	if (!span_equal(WIRE_SPAN(old->issuer), WIRE_SPAN(new->issuer)))
		finding(f, "issuer", "the issuer is %s, not \"%s\"",
		    new->issuer.at, old->issuer.at);
	if (!span_equal(WIRE_SPAN(old->root_key), WIRE_SPAN(new->root_key)))
		finding(f, "root_key", "the root key is %s, not %s: this is "
		    "another TPM", name_key(&new->root_key, is),
		    old->root_key.len > 0 ? name_key(&old->root_key, was) :
		    "known");
	if (old->has_entropy_key != new->has_entropy_key ||
	    !span_equal(WIRE_SPAN(old->entropy_key),
	    WIRE_SPAN(new->entropy_key)))
		finding(f, "entropy_key", new->has_entropy_key ?
		    "entropyd's key is %s" : "entropyd's key is gone%.0s",
		    name_key(&new->entropy_key, is));
}

void
diff_tell(struct findings *f, const struct brief *old,
    const struct brief *new)
{
	static const struct msg_trust nothing;
	const struct msg_trust *was = old == NULL ? &nothing : &old->m.trust;
	const struct msg_trust *is = &new->m.trust;

	if (was->version != is->version)
		finding(f, "version", "the version goes from %" PRIu64 " to %"
		    PRIu64, was->version, is->version);
	diff_keys(f, was, is);
	diff_officers(f, was, is);
	diff_acl(f, was, is);
	diff_machines(f, was, is);
}
