/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/known.h"

#include "base/own.h"
#include "ctl/ask.h"
#include "ctl/input.h"
#include "ctl/show.h"
#include "enforce/proof.h"

#define FILE_MAX (2 * 65536)
#define DEPTH 4			/* of a COSE_Sign1 */

static enum reason
believe(struct known *k, struct span object, uint64_t now)
{
	return enforce_keys_load(object, &k->trust.root,
	    WIRE_SPAN(k->trust.set.issuer), 0, now, &k->set);
}

/* keys.cbor has the first object and the latest; other files have one. */
static struct span
last_object(struct span file)
{
	struct reader r = reader_of(file);
	struct span object = file;

	while (item_done(&r) != ERR_OK)
		if (item_skip(&r, DEPTH, &object) != ERR_OK)
			return file;
	return object;
}

static enum ends
from_file(const struct args *a, uint64_t now, struct known *k)
{
	struct input in OWNED(input_drop) = { 0 };
	const enum err e = input_read(a->metadata, FILE_MAX, false, &in);

	if (e != ERR_OK)
		return ends_of(e);
	k->why = believe(k, last_object(input_span(&in)), now);
	return ENDS_ok;
}

static enum ends
from_cryptod(const struct args *a, uint64_t now, struct known *k)
{
	struct call c OWNED(call_close) = { 0 };
	struct msg m = { 0 };
	enum ends e = ask_open(a, &c);

	if (e == ENDS_ok)
		e = ask(&c, a, MSG_key_metadata_req, MSG_key_metadata_resp,
		    &m);
	if (e == ENDS_ok)
		k->why = believe(k, m.key_metadata_resp.object, now);
	return e;
}

/* What came with a quote.  Whoever only looks remembers no clock. */
static enum ends
prove(const struct args *a, uint64_t now, struct known *k)
{
	const struct proof_seen nothing = { .unsure_ms = 0 };
	struct call c OWNED(call_close) = { 0 };
	struct proof p = { .apart = true };
	struct wire_nonce nonce;
	struct msg m = { 0 };
	enum ends e = ask_open(a, &c);

	k->asked = true;
	for (int i = 0; i < 2 && e == ENDS_ok && p.apart; i++) {
		e = ask_evidence(&c, a, &nonce, &m);
		if (e == ENDS_ok)
			k->proof = enforce_proof(&k->trust.references,
			    WIRE_SPAN(nonce), &m.evidence_resp, &nothing, &p);
	}
	if (e != ENDS_ok)
		return e;
	k->why = m.evidence_resp.has_object ?
	    believe(k, m.evidence_resp.object, now) : k->proof;
	return ENDS_ok;
}

enum ends
known_prove(const struct args *a, uint64_t now, struct known *out)
{
	struct reference r;
	enum err e;

	if (a->metadata != NULL)
		return known_load(a, now, out);
	e = trust_read(a->trust, a->officers, &out->trust);
	if (e != ERR_OK)
		return ends_of(e);
	return references_find(&out->trust.references,
	    span_text(EVIDENCE_CRYPTOD), &r) == ERR_OK ?
	    prove(a, now, out) : from_cryptod(a, now, out);
}

enum ends
known_load(const struct args *a, uint64_t now, struct known *out)
{
	const enum err e = trust_read(a->trust, a->officers, &out->trust);

	if (e != ERR_OK)
		return ends_of(e);
	return a->metadata != NULL ? from_file(a, now, out) :
	    from_cryptod(a, now, out);
}

void
known_put_trust(struct sheet *s, const struct known *k)
{
	sheet_open(s, "trust", SHEET_MAP);
	sheet_text(s, "issuer", WIRE_SPAN(k->trust.set.issuer));
	sheet_uint(s, "version", k->trust.version);
	sheet_open(s, "root_key|root key", SHEET_MAP);
	show_key(s, &k->trust.root);
	sheet_close(s);
	sheet_uint(s, "signers|officers who signed", k->trust.nsigners);
	sheet_uint(s, "quorum|officers it takes", k->trust.set.quorum);
	sheet_close(s);
}

void
known_put_reason(struct sheet *s, enum reason why)
{
	sheet_say(s, "reason", "%s", reason_code(why));
	sheet_say(s, "text|what happened", "%s", reason_text(why));
	sheet_say(s, "help|what to do", "%s", reason_help(why));
}
