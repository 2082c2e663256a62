/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/log.h"
#include "luks/luks_int.h"

static const struct {
	const char	*text;
	const char	*help;
} flaws[] = {
	{ "nothing is wrong with it", "go on" },
#define FLAW(name, text, help) { text, help },
#include "luks/flaws.def"
#undef FLAW
};

#define NFLAWS (sizeof(flaws) / sizeof(flaws[0]))

const char *
luks_flaw_text(enum luks_flaw flaw)
{
	return flaws[flaw < NFLAWS ? flaw : 0].text;
}

const char *
luks_flaw_help(enum luks_flaw flaw)
{
	return flaws[flaw < NFLAWS ? flaw : 0].help;
}

enum err
luks_result(int rc, const char *doing)
{
	const char *why;

	if (rc >= 0)
		return ERR_OK;
	why = strerrordesc_np(-rc);
	log_line("volume: %s: %s", doing, why != NULL ? why : "unknown error");
	switch (-rc) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return ERR_NOT_FOUND;
	case EPERM:
		return ERR_AUTH;
	case EINVAL:
	case ENOTBLK:
		return ERR_MALFORMED;
	case EBUSY:
	case EEXIST:
		return ERR_BUSY;
	case ENOMEM:
	case ENOSPC:
		return ERR_LIMIT;
	default:
		return ERR_HARDWARE;
	}
}

/* Errors only: the rest is chatter, and its debug text may quote metadata. */
static void
on_log(int level, const char *text, void *unused)
{
	(void)unused;
	if (level == CRYPT_LOG_ERROR)
		log_line("libcryptsetup: %.*s", (int)strcspn(text, "\n"), text);
}

static void
on_log_nothing(int level, const char *text, void *unused)
{
	(void)level;
	(void)text;
	(void)unused;
}

static void
device_drop(struct crypt_device **cd)
{
	crypt_free(*cd);
	*cd = NULL;
}

/* Only a load makes libcryptsetup start: one of an empty page that is nobody's
 * device, which is found to be no volume. */
static enum err
warm_up(int page)
{
	struct crypt_device *cd OWNED(device_drop) = NULL;
	char path[sizeof("/proc/self/fd/") + 10];
	int rc;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", page);
	TRY(luks_result(crypt_init(&cd, path), "start libcryptsetup"));
	rc = crypt_load(cd, CRYPT_LUKS2, NULL);
	return rc == -EINVAL ? ERR_OK : luks_result(rc < 0 ? rc : -EPROTO,
	    "start libcryptsetup");
}

enum err
luks_start(void)
{
	int page OWNED(fd_drop) = memfd_create("no volume", MFD_CLOEXEC);
	enum err e;

	if (page == -1 || ftruncate(page, 4096) == -1)
		return log_errno("start libcryptsetup");
	/* A header's tokens name modules: none is loaded for one. */
	crypt_token_external_disable();
	crypt_set_log_callback(NULL, on_log_nothing, NULL);
	e = warm_up(page);
	crypt_set_log_callback(NULL, on_log, NULL);
	return e;
}

/* What libcryptsetup would not say. */
static enum err
find(const char *device)
{
	struct stat st;

	if (stat(device, &st) == -1 && (errno == ENOENT || errno == ENOTDIR))
		return log_err(ERR_NOT_FOUND, "volume %s: there is none",
		    device);
	return ERR_OK;
}

enum err
luks_load(const char *device, struct luks **out)
{
	struct luks *l OWNED(luks_drop) = calloc(1, sizeof(*l));
	int rc;

	if (l == NULL)
		return ERR_LIMIT;
	TRY(find(device));
	TRY(luks_result(crypt_init(&l->cd, device), device));
	rc = crypt_load(l->cd, CRYPT_LUKS, NULL);
	if (rc == -EINVAL)
		return log_err(ERR_MALFORMED, "volume %s: no LUKS header on "
		    "it, or a damaged one", device);
	TRY(luks_result(rc, device));
	if (strcmp(crypt_get_type(l->cd), CRYPT_LUKS2) != 0)
		l->flaw = LUKS_FLAW_luks1;
	else
		TRY(luks_read(l->cd, &l->facts, &l->flaw));
	*out = GIVE(l, NULL);
	return ERR_OK;
}

void
luks_drop(struct luks **l)
{
	if (*l == NULL)
		return;
	crypt_free((*l)->cd);
	free(*l);
	*l = NULL;
}

const struct luks_facts *
luks_facts(const struct luks *l)
{
	return &l->facts;
}

enum luks_flaw
luks_check(const struct luks *l, const struct luks_facts *want)
{
	const struct luks_facts *is = &l->facts;

	if (l->flaw != LUKS_SOUND || want == NULL)
		return l->flaw;
	if (strcmp(is->uuid, want->uuid) != 0)
		return LUKS_FLAW_uuid;
	if (strcmp(is->cipher, want->cipher) != 0)
		return LUKS_FLAW_cipher;
	if (is->key_size != want->key_size)
		return LUKS_FLAW_key_size;
	if (memcmp(is->digest, want->digest, sizeof(is->digest)) != 0)
		return LUKS_FLAW_digest;
	return LUKS_SOUND;
}
