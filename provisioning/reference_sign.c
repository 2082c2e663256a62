/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/log.h"
#include "base/own.h"
#include "cose/act.h"
#include "cose/keyfile.h"
#include "provisioning/paper.h"
#include "provisioning/reference.h"
#include "terminal/terminal.h"

static enum err
ask(const struct reference_options *o, struct secret **out)
{
	struct terminal t OWNED(terminal_drop) = { .fd = -1 };
	enum err e;

	if (o->passphrase_fd != -1)
		return terminal_passphrase_from(o->passphrase_fd, out);
	if (terminal_open("/dev/tty", &t) != ERR_OK)
		return log_err(ERR_NOT_FOUND, "there is no terminal: give "
		    "--passphrase-fd");
	e = terminal_passphrase(&t, "Your passphrase, to sign this: ", out);
	if (e == ERR_STATE)
		terminal_finish();
	return e == ERR_OK ? ERR_OK : log_err(ERR_MALFORMED, "no passphrase "
	    "of 1 to 512 bytes was given");
}

/* All that it says, against what was before, and its four words. */
static enum err
show(struct reference_options *o, const struct brief *old,
    const struct brief *b)
{
	struct findings f = { .to = stdout };
	char words[ACT_WORDS];

	TRY(act_words(b->file.trust_file.object, words));
	printf("%s, for %s:\n", b->path, old == NULL ?
	    "verifiers that know nothing yet" : old->path);
	diff_tell(&f, old, b);
	TRY(lint_tell(&f, o, b, old));
	printf("Its four words: %s\n", words);
	if (fflush(stdout) != 0)
		return log_errno("stdout");
	o->blame = REFERENCE_NO;
	if (f.faults > 0)
		return log_err(ERR_DENIED, "%s: it has faults, and is not to "
		    "be signed", b->path);
	if (o->words != NULL && strcmp(o->words, words) != 0)
		return log_err(ERR_DENIED, "%s: another file than the one of "
		    "these words", b->path);
	return ERR_OK;
}

/* Those before sign the next one, so they are asked for. */
static bool
is_officer(const struct brief *old, const struct brief *b,
    const struct cose_key *key)
{
	const struct msg_pinned *by = old != NULL ? &old->t.set : &b->t.set;
	struct cose_key one;

	for (size_t i = 0; i < by->officers.count; i++)
		if (cose_key_decode(WIRE_SPAN(by->officers.at[i].key),
		    &one) == ERR_OK && cose_key_equal(&one, key))
			return true;
	return false;
}

static enum err
add(struct reference_options *o, struct brief *b, struct secret *seed)
{
	struct msg_trust_file *t = &b->file.trust_file;
	struct wire_sig made = { .len = 0 };
	struct signer officer;

	o->blame = REFERENCE_SYSTEM;
	TRY(signer_ed25519(seed, &officer));
	TRY(cose_sign_detached(&officer, TRUST_AAD, t->object, made.at,
	    sizeof(made.at), &made.len));
	for (size_t i = 0; i < t->signatures.count; i++)
		if (span_equal(WIRE_SPAN(t->signatures.at[i]),
		    WIRE_SPAN(made))) {
			printf("%s: this officer has signed it already\n",
			    b->path);
			return ERR_OK;
		}
	if (t->signatures.count == TRUST_OFFICERS) {
		o->blame = REFERENCE_NO;
		return log_err(ERR_LIMIT, "%s: there are %d signatures "
		    "already", b->path, TRUST_OFFICERS);
	}
	t->signatures.at[t->signatures.count++] = made;
	TRY(brief_write(b, b->path, false));
	printf("%s: signed, by %zu so far\n", b->path, t->signatures.count);
	return ERR_OK;
}

enum err
reference_sign(struct reference_options *o)
{
	static struct brief b, before;
	struct secret *passphrase OWNED(secret_drop) = NULL;
	struct secret *seed OWNED(secret_drop) = NULL;
	const struct brief *old = o->old == NULL ? NULL : &before;
	struct cose_key key;

	if (o->words == NULL && o->passphrase_fd != -1)
		return log_err(ERR_MALFORMED, "--words is missing: with a "
		    "passphrase from a descriptor nobody is asked");
	TRY(brief_read(o->file[0], &b));
	if (old != NULL)
		TRY(brief_read(o->old, &before));
	TRY(show(o, old, &b));
	o->blame = REFERENCE_KEY;
	TRY(ask(o, &passphrase));
	TRY(keyfile_open(o->key, WIRE_office_acts, passphrase, &seed, &key));
	o->blame = REFERENCE_NO;
	if (!is_officer(old, &b, &key))
		return log_err(ERR_DENIED, "%s: not the key of an officer "
		    "whose signature would count", o->key);
	return add(o, &b, seed);
}

/* ---- what all of them have signed ---- */

static bool
has_it(const struct msg_trust_file *t, const struct wire_sig *s)
{
	for (size_t i = 0; i < t->signatures.count; i++)
		if (span_equal(WIRE_SPAN(t->signatures.at[i]),
		    WIRE_SPAN(*s)))
			return true;
	return false;
}

/* Signatures over the same object, each once. */
static enum err
join(struct reference_options *o, struct brief *into, const char *path)
{
	static struct brief b;
	struct msg_trust_file *t = &into->file.trust_file;

	TRY(brief_read(path, &b));
	o->blame = REFERENCE_NO;
	if (!span_equal(b.file.trust_file.object, t->object))
		return log_err(ERR_STATE, "%s: it says something else than "
		    "%s", path, into->path);
	for (size_t i = 0; i < b.file.trust_file.signatures.count; i++) {
		const struct wire_sig *s =
		    &b.file.trust_file.signatures.at[i];

		if (has_it(t, s))
			continue;
		if (t->signatures.count == TRUST_OFFICERS)
			return log_err(ERR_LIMIT, "%s: more than %d "
			    "signatures", path, TRUST_OFFICERS);
		t->signatures.at[t->signatures.count++] = *s;
	}
	o->blame = REFERENCE_USAGE;
	return ERR_OK;
}

/* As a verifier will: by that pin, or by the officers that it names. */
static enum err
check_joined(struct reference_options *o, struct brief *b)
{
	static struct trust t;
	struct span bytes = { t.bytes, 0 };
	enum reason why;
	struct pin pin;

	if (o->officers != NULL)
		TRY(pin_read(o->officers, &pin));
	else
		pin.set = b->t.set;
	TRY(wire_encode_object(&b->file, t.bytes, TRUST_MAX, &bytes.len));
	t.len = bytes.len;
	o->blame = REFERENCE_NO;
	why = trust_check(&t, &pin.set);
	return why == REASON_none ? ERR_OK : log_err(ERR_AUTH, "%s: %s: %s "
	    "%s", b->path, reason_code(why), reason_text(why),
	    reason_help(why));
}

enum err
reference_assemble(struct reference_options *o)
{
	static struct brief b;
	enum err e;

	TRY(brief_read(o->file[0], &b));
	for (size_t i = 1; i < o->nfiles; i++)
		TRY(join(o, &b, o->file[i]));
	TRY(check_joined(o, &b));
	o->blame = REFERENCE_SYSTEM;
	if ((e = brief_write(&b, o->out, true)) == ERR_STATE)
		o->blame = REFERENCE_NO;
	TRY(e);
	printf("%s: signed by %zu officers\n", o->out,
	    b.file.trust_file.signatures.count);
	return ERR_OK;
}

enum err
reference_pin(struct reference_options *o)
{
	static struct brief b;
	struct msg m = { .type = MSG_pinned };
	uint8_t buf[TRUST_PIN_MAX];
	struct span bytes = { buf, 0 };
	enum err e;

	TRY(brief_read(o->file[0], &b));
	if (!b.sound)
		return log_err(ERR_MALFORMED, "%s: it makes no sense; see "
		    "anchorhold-reference lint", b.path);
	TRY(check_joined(o, &b));
	m.pinned = b.t.set;
	o->blame = REFERENCE_SYSTEM;
	TRY(wire_encode_object(&m, buf, sizeof(buf), &bytes.len));
	if ((e = paper_make(o->out, bytes)) == ERR_STATE)
		o->blame = REFERENCE_NO;
	TRY(e);
	printf("%s: %zu officers, of whom it takes %zu\n", o->out,
	    m.pinned.officers.count, (size_t)m.pinned.quorum);
	return ERR_OK;
}
