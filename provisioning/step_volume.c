/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/mint.h"

#include <stdio.h>

#include "base/log.h"
#include "cose/cwt.h"
#include "luks/luks.h"
#include "store/find.h"
#include "terminal/terminal.h"

#define PASSPHRASE_LEN 32

/* 32 random bytes, recorded before the volume knows them: whatever happens
 * then, there is no slot that nobody can open. */
static enum err
record(struct mint *m, const struct luks_facts *f)
{
	struct msg r = { .type = MSG_secret };
	struct msg_secret *s = &r.secret;
	enum err e;

	s->has_uuid = s->has_cipher = s->has_digest = s->has_key_size = true;
	TRY(WIRE_SET_TEXT(s->name, span_text(m->options->name)));
	TRY(WIRE_SET_TEXT(s->uuid, span_text(f->uuid)));
	TRY(WIRE_SET_TEXT(s->cipher, span_text(f->cipher)));
	TRY(WIRE_SET_BYTES(s->digest, SPAN(f->digest)));
	s->key_size = 8 * f->key_size;
	s->value.len = PASSPHRASE_LEN;
	e = drbg_generate(m->drbg, (struct span){ 0 }, s->value.at,
	    s->value.len);
	if (e == ERR_OK)
		e = store_put(m->store, &r);
	wire_wipe(&r);
	TRY(e);
	return mint_commit(m, "provision.secret", m->options->name);
}

static enum err
ask(const struct mint_options *o, struct secret **out)
{
	struct terminal t OWNED(terminal_drop) = { .fd = -1 };
	enum err e;

	if (o->passphrase_fd != -1)
		return terminal_passphrase_from(o->passphrase_fd, out);
	if (terminal_open("/dev/tty", &t) != ERR_OK)
		return log_err(ERR_NOT_FOUND, "there is no terminal: give "
		    "--passphrase-fd");
	terminal_say(&t, "%s gets one more key slot; the others stay.\n",
	    o->volume);
	e = terminal_passphrase(&t, "A passphrase that opens it now: ", out);
	if (e == ERR_STATE)
		terminal_finish();
	return e;
}

/* True in *opens if the recorded passphrase opens the volume already. */
static enum err
try(struct luks *l, const struct volume *v, bool *opens)
{
	enum err e = luks_test(l, luks_facts(l), v->value);

	*opens = e == ERR_OK;
	return e == ERR_AUTH ? ERR_OK : e;
}

static enum err
add_slot(const struct mint_options *o, struct luks *l, const struct volume *v)
{
	struct secret *passphrase OWNED(secret_drop) = NULL;
	int slot;

	if (ask(o, &passphrase) != ERR_OK)
		return log_err(ERR_DENIED, "no passphrase of 1 to 512 bytes "
		    "was given");
	return luks_add_slot(l, passphrase, v->value, &slot);
}

/* For unlocker.conf. */
static void
print_facts(const struct mint_options *o, const struct luks_facts *f)
{
	const char *label = strchr(o->name, ':') + 1;

	printf("[volume %s]\ndevice = %s\nname = %s\nrelease = %s\n", label,
	    o->volume, label, o->name);
	printf("uuid = %s\ncipher = %s\nkey_size = %llu\ndigest = ", f->uuid,
	    f->cipher, (unsigned long long)f->key_size);
	for (size_t i = 0; i < sizeof(f->digest); i++)
		printf("%02x", f->digest[i]);
	putchar('\n');
}

/* Absolute, since the unlocker reads it elsewhere. */
static enum err
check_names(const struct mint_options *o)
{
	if (strncmp(o->name, "luks:", 5) != 0 ||
	    !scope_valid(span_text(o->name)))
		return log_err(ERR_MALFORMED, "--name %s: not like luks:root",
		    o->name);
	if (o->volume[0] != '/')
		return log_err(ERR_MALFORMED, "--volume %s: it must begin "
		    "with /", o->volume);
	return ERR_OK;
}

static enum err
check_volume(const struct mint_options *o, const struct luks *l)
{
	const enum luks_flaw flaw = luks_check(l, NULL);

	return flaw == LUKS_SOUND ? ERR_OK : log_err(ERR_DENIED, "%s: %s; %s",
	    o->volume, luks_flaw_text(flaw), luks_flaw_help(flaw));
}

/* The volume's secret, made if there is none. */
static enum err
find(struct mint *m, const struct luks_facts *f, const struct volume **out,
    bool *made)
{
	const struct span name = span_text(m->options->name);

	*out = state_volume(m->state, name);
	*made = *out == NULL;
	if (*made) {
		TRY(record(m, f));
		*out = state_volume(m->state, name);
	}
	if (*out != NULL && strcmp((*out)->row.uuid.at, f->uuid) == 0)
		return ERR_OK;
	*m->options->blame = MINT_STATE;
	return log_err(ERR_STATE, "%s is the secret of another volume",
	    m->options->name);
}

/* Let it open the volume, if it does not yet. */
static enum err
join(struct mint *m, struct luks *l)
{
	const struct mint_options *o = m->options;
	const struct volume *v;
	bool made, opens = false, logged;

	TRY(find(m, luks_facts(l), &v, &made));
	if (!made)
		TRY(try(l, v, &opens));
	if (!opens)
		TRY(add_slot(o, l, v));
	TRY(mint_logged(m, "provision.volume", o->name, &logged));
	if (!logged)
		TRY(mint_commit(m, "provision.volume", o->name));
	printf("# %s %s %s\n", o->name, opens ? "opened before:" : "opens:",
	    o->volume);
	return ERR_OK;
}

enum err
step_volume(const struct mint_options *o)
{
	struct luks *l OWNED(luks_drop) = NULL;
	struct mint m OWNED(mint_drop) = mint_none;

	*o->blame = MINT_USAGE;
	TRY(check_names(o));
	*o->blame = MINT_SYSTEM;
	TRY(luks_start());
	TRY(luks_load(o->volume, &l));
	TRY(check_volume(o, l));
	TRY(mint_open(&m, o));
	TRY(join(&m, l));
	print_facts(o, luks_facts(l));
	return ERR_OK;
}
