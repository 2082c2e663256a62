/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/reference_evidence.h"

#include <string.h>

#include "base/log.h"

static int
digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c | 0x20) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

enum err
reference_hex(const char *option, const char *text, size_t least,
    struct span *out, uint8_t *buf, size_t cap)
{
	const size_t len = strlen(text);
	bool is_hex = len % 2 == 0 && len >= 2 * least && len <= 2 * cap;

	for (size_t i = 0; is_hex && i < len; i += 2) {
		const int high = digit(text[i]), low = digit(text[i + 1]);

		is_hex = high >= 0 && low >= 0;
		if (is_hex)
			buf[i / 2] = (uint8_t)(high << 4 | low);
	}
	*out = (struct span){ buf, len / 2 };
	return is_hex ? ERR_OK : log_err(ERR_MALFORMED, "%s: not %zu to %zu "
	    "hexadecimal digits", option, 2 * least, 2 * cap);
}

/* An AK's own word about these PCRs. */
static enum err
check_quote(const char *path, const struct evidence *e, struct quote *q)
{
	struct attest_public ak;

	if (attest_public_read(e->ak, &ak) != ERR_OK || !attest_is_ak(&ak))
		return log_err(ERR_DENIED, "%s: its key is none that signs "
		    "for a TPM alone", path);
	if (quote_signed(&ak, e->attest, e->signature) != ERR_OK)
		return log_err(ERR_DENIED, "%s: its key has not signed it",
		    path);
	if (quote_read(e->attest, q) != ERR_OK)
		return log_err(ERR_DENIED, "%s: what is signed is no quote",
		    path);
	if (q->banks != 1 || q->bank[0].alg != e->alg ||
	    q->bank[0].mask != e->mask)
		return log_err(ERR_DENIED, "%s: the quote is of other PCRs",
		    path);
	if (quote_covers(q, (struct span){ e->values, e->values_len }) !=
	    ERR_OK)
		return log_err(ERR_DENIED, "%s: the quote is of other values",
		    path);
	return ERR_OK;
}

/* Of whom it has to be, and that it answers this challenge. */
static enum err
check_asked(struct reference_options *o, const struct evidence *e,
    const struct quote *q, struct span ak_name)
{
	uint8_t challenge[32], name[ATTEST_NAME_LEN];
	uint8_t want[EVIDENCE_QUALIFYING_LEN];
	struct span key = ak_name, nonce = { };

	o->blame = REFERENCE_USAGE;
	if (o->ak != NULL)
		TRY(reference_hex("--ak", o->ak, sizeof(name), &key, name,
		    sizeof(name)));
	if (o->challenge != NULL)
		TRY(reference_hex("--challenge", o->challenge, 1, &nonce,
		    challenge, sizeof(challenge)));
	o->blame = REFERENCE_NO;
	if (o->vm != NULL && strcmp(o->vm, e->vm_id.at) != 0)
		return log_err(ERR_DENIED, "%s: it is of %s", o->evidence,
		    e->vm_id.at);
	if (!span_equal(key, ak_name))
		return log_err(ERR_DENIED, "%s: it is of another attestation "
		    "key", o->evidence);
	TRY(evidence_qualifying(WIRE_SPAN(e->vm_id), nonce, e->bound, want));
	return nonce.len == 0 || span_equal(q->extra, SPAN(want)) ? ERR_OK :
	    log_err(ERR_DENIED, "%s: it answers another challenge",
	    o->evidence);
}

enum err
reference_evidence(struct reference_options *o, struct evidence *e,
    struct msg_reference *r)
{
	static uint8_t input[REFERENCE_INPUT];
	struct span in = { NULL, 0 };
	struct quote q = { };

	TRY(reference_read(o->evidence, input, &in));
	if (evidence_read(in, e) != ERR_OK ||
	    attest_name(e->ak, r->ak_name.at) != ERR_OK)
		return log_err(ERR_MALFORMED, "%s: no evidence", o->evidence);
	r->ak_name.len = sizeof(r->ak_name.at);
	r->vm_id = e->vm_id;
	r->alg = e->alg;
	r->mask = e->mask;
	o->blame = REFERENCE_NO;
	TRY(check_quote(o->evidence, e, &q));
	TRY(check_asked(o, e, &q, WIRE_SPAN(r->ak_name)));
	o->blame = REFERENCE_USAGE;
	if (!o->has_floor)
		r->firmware_floor = q.firmware;
	return ERR_OK;
}
