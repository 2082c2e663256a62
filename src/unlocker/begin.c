/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/evidence.h"
#include "attest/reference.h"
#include "base/log.h"
#include "base/own.h"
#include "crypto/selftest.h"
#include "daemon/config.h"
#include "enforce/memory.h"
#include "unlocker/unlock.h"
#include "xen/vchan.h"

void
unlock_drop(struct unlock *u)
{
	call_close(&u->call);
	drbg_drop(&u->drbg);
	luks_drop(&u->luks);
	terminal_drop(&u->terminal);
	fd_drop(&u->code_fd);
	fd_drop(&u->token_fd);
	fd_drop(&u->seen_fd);
}

/* Which volume, for whom. */
static enum err
choose(struct unlock *u, const struct options *o)
{
	const struct settings *s = &u->settings;

	TRY(settings_volume(s, o->volume, &u->volume));
	u->test = o->test;
	u->code_fd = o->code_fd;
	u->who = (struct asking){
		.vm_id = s->vm_id,
		.operator = o->operator != NULL ? o->operator : s->operator,
		.device = o->device != NULL ? o->device : s->device,
		.release = u->volume->release,
	};
	return ERR_OK;
}

/* Empty until there is a token. */
static enum err
open_token(struct unlock *u, const char *path)
{
	if (path == NULL)
		return ERR_OK;
	u->token_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW |
	    O_CLOEXEC | O_NONBLOCK, 0600);
	if (u->token_fd == -1 || fchmod(u->token_fd, 0600) == -1)
		return log_errno("--token-out %s", path);
	return ERR_OK;
}

/* Only that it is there: what is on it is read behind the sandbox. */
static enum ends
find_volume(const struct unlock *u)
{
	const struct volume_settings *v = u->volume;
	struct stat st;

	if (stat(v->device, &st) == -1) {
		(void)!log_errno("volume %s: %s", v->label, v->device);
		return ENDS_volume;
	}
	if (u->test || S_ISBLK(st.st_mode))
		return ENDS_ok;
	log_line("volume %s: %s is no block device: attach it with losetup, "
	    "or use --test", v->label, v->device);
	return ENDS_volume;
}

static enum ends
open_files(struct unlock *u, const struct options *o)
{
	enum ends end = find_volume(u);

	if (end != ENDS_ok)
		return end;
	if (memory_open(u->settings.state, &u->seen_fd) != ERR_OK ||
	    open_token(u, o->token_out) != ERR_OK)
		return ENDS_usage;
	if (u->code_fd == -1 &&
	    terminal_open("/dev/tty", &u->terminal) != ERR_OK) {
		log_line("there is no terminal to ask on: use --code-fd");
		return ENDS_no_code;
	}
	return ENDS_ok;
}

static enum err
start_libraries(struct unlock *u)
{
	TRY(crypto_selftest());
	TRY(luks_start());
	return drbg_from_system(span_text("anchorhold unlocker"),
	    (struct span){ NULL, 0 }, &u->drbg);
}

static enum err
connect_server(struct unlock *u)
{
	const struct settings *s = &u->settings;
	const struct vchan_address a = {
		.node = s->vchan,
		.port = (unsigned)s->vchan_port,
		.channel = (unsigned)s->vchan_channel,
	};
	struct link link OWNED(link_drop) = { 0 };

	if (s->vchan[0] == '\0')
		return call_open(&u->call, s->socket, (uid_t)s->server_uid,
		    (unsigned)s->timeout);
	TRY(vchan_connect(&a, (unsigned)s->timeout, &link));
	return call_over(&u->call, &link);
}

/* Without a reference for it there is no use in asking it. */
static enum ends
find_reference(const struct unlock *u)
{
	const struct settings *s = &u->settings;
	struct reference r;

	if (s->appraise == PROVING_OFF ||
	    references_find(&u->trust.references, span_text(EVIDENCE_CRYPTOD),
	    &r) == ERR_OK)
		return ENDS_ok;
	log_line("%s: it has no reference for " EVIDENCE_CRYPTOD ", which so "
	    "cannot prove what it runs; have one recorded and signed by the "
	    "officers (anchorhold-reference record), or set appraise = off",
	    s->trust);
	return ENDS_usage;
}

enum ends
unlock_begin(struct unlock *u, const struct options *o)
{
	enum ends end;
	enum err e;

	if (choose(u, o) != ERR_OK)
		return ENDS_usage;
	if (start_libraries(u) != ERR_OK)
		return ENDS_machine;
	end = seen_trust(u);
	if (end == ENDS_ok)
		end = find_reference(u);
	if (end == ENDS_ok)
		end = open_files(u, o);
	if (end != ENDS_ok)
		return end;
	e = connect_server(u);
	return e == ERR_OK ? ENDS_ok : say_call(u, e, NULL);
}
