/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/trust.h"

#include <stdlib.h>
#include <unistd.h>

#include "attest/evidence.h"
#include "base/log.h"
#include "crypto/hash.h"
#include "provisioning/paper.h"
#include "provisioning/reference.h"

#define RULE_MAX 1024

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, SHA256_LEN);
}

enum err
trust_acl_digest(const struct state *s, uint8_t out[static 32])
{
	uint8_t digests[STATE_RULES][SHA256_LEN], buf[RULE_MAX];
	struct span all = { digests[0], s->nrules * SHA256_LEN };

	for (size_t i = 0; i < s->nrules; i++) {
		struct msg m = { .type = MSG_rule };
		struct span bytes = { buf, 0 };

		m.rule = s->rules[i];
		TRY(wire_encode_object(&m, buf, sizeof(buf), &bytes.len));
		TRY(sha256(&bytes, 1, digests[i]));
	}
	qsort(digests, s->nrules, SHA256_LEN, compare);
	return sha256(&all, 1, out);
}

/* Officers as a trust file has them. */
static void
put_set(const struct msg_anchor *anchor, const struct state *s,
    struct msg_pinned *set)
{
	*set = (struct msg_pinned){ .issuer = anchor->issuer,
	    .quorum = s->acts.quorum, .officers.count = s->nofficers };
	for (size_t i = 0; i < s->nofficers; i++) {
		set->officers.at[i].key = s->officers[i].key;
		set->officers.at[i].officer_id = s->officers[i].officer_id;
	}
}

static enum err
encode(const struct msg_anchor *anchor, const struct state *s,
    const struct msg_reference *cryptod, uint8_t *buf, size_t *len)
{
	static uint8_t object[TRUST_MAX], room[TRUST_MAX];
	struct msg m = { .type = MSG_trust };
	struct msg_pinned set;

	put_set(anchor, s, &set);
	m.trust.issuer = set.issuer;
	m.trust.quorum = set.quorum;
	m.trust.officers.count = set.officers.count;
	memcpy(m.trust.officers.at, set.officers.at,
	    sizeof(m.trust.officers.at));
	m.trust.root_key = anchor->root_key;
	m.trust.version = 1;
	m.trust.has_acl_digest = m.trust.has_acl_version = true;
	m.trust.acl_version = s->appliance.policy_version;
	m.trust.acl_digest.len = SHA256_LEN;
	TRY(trust_acl_digest(s, m.trust.acl_digest.at));
	TRY(machines_put(&m.trust, cryptod, room));
	TRY(wire_encode_object(&m, object, sizeof(object), len));
	m = (struct msg){ .type = MSG_trust_file };
	m.trust_file.object = (struct span){ object, *len };
	return wire_encode_object(&m, buf, TRUST_MAX, len);
}

static bool
is_of(const struct trust *t, const struct msg_anchor *anchor)
{
	struct cose_key root;

	return span_equal(WIRE_SPAN(t->set.issuer),
	    WIRE_SPAN(anchor->issuer)) &&
	    cose_key_decode(WIRE_SPAN(anchor->root_key), &root) == ERR_OK &&
	    cose_key_equal(&root, &t->root);
}

bool
trust_is_of(const char *path, const struct msg_anchor *anchor)
{
	struct trust t;

	return access(path, F_OK) == 0 && trust_load(path, &t) == ERR_OK &&
	    trust_parse(&t) == REASON_none && is_of(&t, anchor);
}

enum err
trust_draft(const char *path, const struct msg_anchor *anchor,
    const struct state *s, const struct msg_reference *cryptod)
{
	uint8_t buf[TRUST_MAX];
	size_t len = 0;

	if (!s->has_acts)
		return log_err(ERR_STATE, "there are no officers yet: nobody "
		    "could sign a trust file");
	if (access(path, F_OK) == 0)
		return trust_is_of(path, anchor) ? ERR_OK :
		    log_err(ERR_STATE, "%s: it is the trust file of another "
		    "appliance; it was not touched", path);
	TRY(encode(anchor, s, cryptod, buf, &len));
	return paper_make(path, (struct span){ buf, len });
}

/* Without one no verifier would believe it. */
static bool
may_prove(const struct trust *t, const struct msg_anchor *anchor)
{
	uint8_t name[ATTEST_NAME_LEN];
	struct reference r;

	return references_find(&t->references, span_text(EVIDENCE_CRYPTOD),
	    &r) == ERR_OK &&
	    attest_name(WIRE_SPAN(anchor->ak_pub), name) == ERR_OK &&
	    span_equal(SPAN(r.ak_name), SPAN(name));
}

enum err
trust_vouched(const char *path, const struct msg_anchor *anchor,
    const struct state *s)
{
	uint8_t digest[SHA256_LEN];
	struct msg_pinned set;
	enum reason why;
	struct trust t;

	TRY(trust_acl_digest(s, digest));
	TRY(trust_load(path, &t));
	put_set(anchor, s, &set);
	why = trust_check(&t, &set);
	if (why != REASON_none)
		return log_err(ERR_STATE, "%s: %s: %s %s", path,
		    reason_code(why), reason_text(why), reason_help(why));
	if (!is_of(&t, anchor) || !officers_are_same(&t.set, &set))
		return log_err(ERR_STATE, "%s: it names another root key, or "
		    "other officers, than this appliance has", path);
	if (!t.has_acl || t.acl_version != s->appliance.policy_version ||
	    !span_equal(SPAN(t.acl_digest), SPAN(digest)))
		return log_err(ERR_STATE, "%s: it is about another ACL than "
		    "this appliance's", path);
	if (!may_prove(&t, anchor))
		return log_err(ERR_STATE, "%s: it has no reference for this "
		    "appliance's " EVIDENCE_CRYPTOD ", which could not prove "
		    "itself", path);
	return ERR_OK;
}
