/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/quoted.h"

#include <string.h>

#include "attest/bank.h"
#include "base/log.h"
#include "base/own.h"

#define EVIDENCE_MAX 196608
#define PIECE_MAX 1024

void
quoted_drop(struct quoted *q)
{
	input_drop(&q->evidence_in);
	input_drop(&q->attest_in);
	input_drop(&q->sig_in);
	input_drop(&q->public_in);
}

static int
digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	    (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 :
	    -1;
}

enum err
quoted_hex(const char *option, const char *text, uint8_t *buf, size_t cap,
    struct span *out)
{
	const size_t len = strlen(text);

	if (len / 2 > cap)
		return log_err(ERR_MALFORMED, "--%s: more than %zu bytes",
		    option, cap);
	/* An odd one is a pair with the NUL. */
	for (size_t i = 0; i < len; i += 2) {
		const int high = digit(text[i]), low = digit(text[i + 1]);

		if (high < 0 || low < 0)
			return log_err(ERR_MALFORMED, "--%s: not a "
			    "hexadecimal digit", option);
		buf[i / 2] = (uint8_t)(high << 4 | low);
	}
	*out = (struct span){ buf, len / 2 };
	return ERR_OK;
}

static enum err
read_evidence(const struct args *a, struct quoted *q)
{
	TRY(input_read(a->operand[0], EVIDENCE_MAX, a->hex, &q->evidence_in));
	if (evidence_read(input_span(&q->evidence_in), &q->e) != ERR_OK)
		return log_err(ERR_MALFORMED, "%s: it is no evidence",
		    q->evidence_in.name);
	return ERR_OK;
}

/* A piece that may be left out. */
static enum err
read_piece(const char *path, bool hex, struct input *in, struct span *out)
{
	if (path == NULL)
		return ERR_OK;
	TRY(input_read(path, PIECE_MAX, hex, in));
	*out = input_span(in);
	return ERR_OK;
}

/* The values alone, one behind the other. */
static enum err
read_values(const struct args *a, struct evidence *e)
{
	struct input in OWNED(input_drop) = { };

	if (a->pcrs == NULL)
		return ERR_OK;
	TRY(input_read(a->pcrs, sizeof(e->values), a->hex, &in));
	memcpy(e->values, in.at, in.len);
	e->values_len = in.len;
	return ERR_OK;
}

static enum err
read_raw(const struct args *a, struct quoted *q)
{
	struct evidence *e = &q->e;

	q->raw = true;
	TRY(read_piece(a->attest, a->hex, &q->attest_in, &e->attest));
	TRY(read_piece(a->signature, a->hex, &q->sig_in, &e->signature));
	TRY(read_piece(a->public, a->hex, &q->public_in, &e->ak));
	return read_values(a, e);
}

void
quoted_look(struct quoted *q)
{
	q->quote_err = quote_read(q->e.attest, &q->quote);
}

/* Nobody tells which PCRs the values are of but the quote itself. */
static void
guess_selection(struct quoted *q)
{
	if (!q->raw || q->quote.banks == 0)
		return;
	q->e.alg = q->quote.bank[0].alg;
	q->e.mask = q->quote.bank[0].mask;
}

enum ends
quoted_read(const struct args *a, bool whole, struct quoted *out)
{
	enum err e;

	if ((a->count == 0) == (a->attest == NULL)) {
		log_line("either a file of evidence or --attest is wanted");
		return ENDS_usage;
	}
	if (a->count == 0 && whole &&
	    (a->signature == NULL || a->public == NULL)) {
		log_line("--signature and --public are wanted too");
		return ENDS_usage;
	}
	e = a->count > 0 ? read_evidence(a, out) : read_raw(a, out);
	if (e != ERR_OK)
		return ends_of(e);
	quoted_look(out);
	guess_selection(out);
	return ENDS_ok;
}

/* ---- shown ---- */

static const struct {
	uint32_t	 bit;
	const char	*name;
} attributes[] = {
	{ ATTEST_FIXED_TPM, "fixedTPM" },
	{ ATTEST_FIXED_PARENT, "fixedParent" },
	{ ATTEST_ORIGIN, "sensitiveDataOrigin" },
	{ ATTEST_USER_AUTH, "userWithAuth" },
	{ ATTEST_ADMIN_POLICY, "adminWithPolicy" },
	{ ATTEST_NO_DA, "noDA" },
	{ ATTEST_RESTRICTED, "restricted" },
	{ ATTEST_DECRYPT, "decrypt" },
	{ ATTEST_SIGN, "sign" },
};

static const char *
scheme_name(uint16_t scheme)
{
	return scheme == ATTEST_RSASSA ? "RSASSA" :
	    scheme == ATTEST_RSAPSS ? "RSAPSS" :
	    scheme == ATTEST_ECDSA ? "ECDSA" :
	    scheme == ATTEST_NULL ? "any" : "none that is known";
}

static const char *
hash_name(uint16_t alg)
{
	const char *name = bank_name(alg);

	return name == NULL ? "none that is known" : name;
}

static void
show_attributes(struct sheet *s, uint32_t has_them)
{
	sheet_open(s, "attributes", SHEET_LIST);
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]);
	    i++)
		if ((has_them & attributes[i].bit) != 0)
			sheet_say(s, NULL, "%s", attributes[i].name);
	sheet_close(s);
}

void
quoted_show_key(struct sheet *s, const char *name, struct span public)
{
	struct attest_public p;
	const enum err e = attest_public_read(public, &p);

	sheet_open(s, name, SHEET_MAP);
	if (e != ERR_OK) {
		sheet_say(s, "shape", "%s", e == ERR_LIMIT ?
		    "a key of a kind that is not read here" :
		    "no public area of a TPM's key");
	} else {
		sheet_bytes(s, "name|Name", SPAN(p.name));
		sheet_say(s, "kind", p.type == ATTEST_ECC ? "P-%u" :
		    "RSA of %u bits", (unsigned)p.bits);
		sheet_say(s, "scheme", "%s", scheme_name(p.scheme));
		show_attributes(s, p.attributes);
	}
	sheet_close(s);
}

static void
show_signature(struct sheet *s, const struct quoted *q)
{
	struct quote_signature sig;

	if (q->e.signature.len == 0)
		return;
	if (quote_signature_read(q->e.signature, &sig) != ERR_OK)
		sheet_say(s, "signature", "none of a kind that is read here");
	else
		sheet_say(s, "signature", "%s with %s",
		    scheme_name(sig.scheme), hash_name(sig.hash));
}

static void
show_banks(struct sheet *s, const struct quote *q)
{
	sheet_open(s, "banks", SHEET_LIST);
	for (size_t b = 0; b < q->banks; b++) {
		sheet_open(s, NULL, SHEET_MAP);
		sheet_say(s, "bank", "%s", hash_name(q->bank[b].alg));
		sheet_open(s, "pcrs|PCRs", SHEET_LIST);
		for (unsigned i = 0; i < QUOTE_PCRS; i++)
			if ((q->bank[b].mask >> i & 1) != 0)
				sheet_uint(s, NULL, i);
		sheet_close(s);
		sheet_close(s);
	}
	sheet_close(s);
}

/* In words, of what a TPM cannot have said. */
static const char *
no_quote(enum err e)
{
	return e == ERR_AUTH ? "nothing that a TPM made" :
	    e == ERR_NOT_FOUND ? "said by a TPM, but no quote" :
	    "not as long, or not of the shape, that a quote has";
}

static void
show_quote(struct sheet *s, const struct quoted *q)
{
	const struct quote *say = &q->quote;

	sheet_open(s, "quote", SHEET_MAP);
	if (q->quote_err != ERR_OK) {
		sheet_say(s, "shape", "%s", no_quote(q->quote_err));
		sheet_close(s);
		return;
	}
	sheet_bytes(s, "extra|answers", say->extra);
	show_banks(s, say);
	sheet_bytes(s, "digest|digest of them", say->digest);
	sheet_uint(s, "clock_ms|clock in ms", say->clock_ms);
	sheet_bool(s, "safe|sure of its clock", say->safe);
	sheet_uint(s, "resets", say->reset_count);
	sheet_uint(s, "restarts|restarts since", say->restart_count);
	sheet_say(s, "firmware", "%016llx",
	    (unsigned long long)say->firmware);
	sheet_bytes(s, "signer|qualified signer", say->signer);
	sheet_close(s);
}

static void
show_values(struct sheet *s, const struct evidence *e)
{
	const size_t len = attest_digest_len(e->alg);
	const uint8_t *at = e->values;

	if (len == 0 || e->values_len !=
	    len * (size_t)__builtin_popcount(e->mask))
		return;
	sheet_open(s, "pcrs|PCRs sent", SHEET_LIST);
	for (unsigned i = 0; i < QUOTE_PCRS; i++) {
		if ((e->mask >> i & 1) == 0)
			continue;
		sheet_open(s, NULL, SHEET_MAP);
		sheet_uint(s, "pcr|PCR", i);
		sheet_bytes(s, "value", (struct span){ at, len });
		sheet_close(s);
		at += len;
	}
	sheet_close(s);
}

void
quoted_show(struct sheet *s, const struct quoted *q)
{
	if (!q->raw) {
		sheet_text(s, "vm_id", WIRE_SPAN(q->e.vm_id));
		sheet_bytes(s, "bound", q->e.bound);
		sheet_uint(s, "event_log|bytes of event log",
		    q->e.event_log.len);
	}
	show_quote(s, q);
	if (q->e.ak.len > 0)
		quoted_show_key(s, "ak|attestation key", q->e.ak);
	show_signature(s, q);
	show_values(s, &q->e);
}
