/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "cose/keyfile.h"
#include "crypto/drbg.h"
#include "ctl/act.h"
#include "ctl/ask_passphrase.h"
#include "ctl/show.h"

#define PATH_LONGEST 512

static enum err
make_key(const char *path, const struct secret *passphrase,
    struct cose_key *key)
{
	struct drbg *drbg OWNED(drbg_drop) = NULL;

	TRY(drbg_from_system(span_text("anchorctl officer"),
	    (struct span){ 0 }, &drbg));
	return keyfile_make(path, WIRE_office_acts, passphrase, drbg, key);
}

static enum err
put_name(const char *name, struct msg_officer_key *k)
{
	static const uint8_t some[] = { 0xa0 };
	struct msg m = { .type = MSG_officer_key };
	uint8_t buf[512];
	size_t len;

	/* What cannot be encoded is no identifier. */
	m.officer_key.key.len = sizeof(some);
	if (WIRE_SET_TEXT(m.officer_key.officer_id, span_text(name)) !=
	    ERR_OK || wire_encode_object(&m, buf, sizeof(buf), &len) !=
	    ERR_OK)
		return log_err(ERR_MALFORMED, "%s: a name has letters, digits "
		    "and .-_, 64 at most, and begins with a letter or digit",
		    name);
	k->officer_id = m.officer_key.officer_id;
	return ERR_OK;
}

static enum ends
show(const struct args *a, const char *public, const struct cose_key *key)
{
	struct sheet *s OWNED(sheet_drop) = NULL;

	if (sheet_new(a->json, SHEET_MAP, &s) != ERR_OK)
		return ENDS_machine;
	sheet_text(s, "officer", span_text(a->operand[0]));
	show_key(s, key);
	sheet_text(s, "private|private key, under the passphrase",
	    span_text(a->operand[1]));
	sheet_text(s, "public|public key, for the ceremony",
	    span_text(public));
	return sheet_print(s, stdout) == ERR_OK ? ENDS_ok : ENDS_machine;
}

enum ends
officer_make_run(const struct args *a)
{
	struct secret *passphrase OWNED(secret_drop) = NULL;
	struct msg m = { .type = MSG_officer_key };
	char public[PATH_LONGEST];
	struct cose_key key;
	enum ends e;
	enum err made;

	if (put_name(a->operand[0], &m.officer_key) != ERR_OK)
		return ENDS_usage;
	if (snprintf(public, sizeof(public), "%s.pub", a->operand[1]) >=
	    (int)sizeof(public) || access(public, F_OK) == 0) {
		log_line("%s: its name is too long, or there is something "
		    "already", public);
		return ENDS_no;
	}
	if ((e = ask_new_passphrase(a, a->operand[1], &passphrase)) !=
	    ENDS_ok)
		return e;
	if ((made = make_key(a->operand[1], passphrase, &key)) != ERR_OK)
		return made == ERR_STATE ? ENDS_no : ENDS_unreached;
	if (cose_key_encode(&key, m.officer_key.key.at,
	    &m.officer_key.key.len) != ERR_OK)
		return ENDS_machine;
	e = paper_write(public, &m, true);
	return e == ENDS_ok ? show(a, public, &key) : e;
}
