/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/desk.h"

#define IMAGE "volume.img"

static const uint8_t key[FAKE_SECRET_LEN] = { 0x5e, 0, 0x0a, 0xff, 9, 9 };
struct luks_facts desk_facts;

void
desk_write(const char *name, const char *text)
{
	int fd = open(volume_path(name), O_CREAT | O_TRUNC | O_WRONLY |
	    O_CLOEXEC, 0600);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

void
desk_config(unsigned uid, const char *digest, const char *more)
{
	char hex[65], state[128] = "", text[2048];

	if (strstr(more, "state = ") == NULL)
		snprintf(state, sizeof(state), "state = %s\n",
		    volume_path("."));
	for (int i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", desk_facts.digest[i]);
	snprintf(text, sizeof(text),
	    "[unlocker]\nserver_uid = %u\noperator = alice\n"
	    "device = phone\nlock_memory = secrets\nsocket = %s\n"
	    "trust = %s\nofficers = %s\n%s%s%s"
	    "[volume root]\nname = root-clear\nrelease = luks:root\n"
	    "device = %s\nuuid = %s\ncipher = %s\nkey_size = %u\n"
	    "digest = %s\n", uid, volume_path("socket"),
	    volume_path("trust"), volume_path("officers"),
	    state, strstr(more, "appraise") == NULL ?
	    "appraise = off\n" : "", more,
	    volume_path(IMAGE), desk_facts.uuid, desk_facts.cipher,
	    (unsigned)desk_facts.key_size, digest != NULL ? digest : hex);
	desk_write("conf", text);
}

int
desk_make(void **state)
{
	struct secret *old OWNED(secret_drop) = NULL;
	struct secret *added OWNED(secret_drop) = NULL;
	struct luks *l OWNED(luks_drop) = NULL;
	int slot;

	if (volume_folder(state) != 0 || luks_start() != ERR_OK)
		return -1;
	volume_make(IMAGE, "luks2");
	assert_err(luks_load(volume_path(IMAGE), &l), ERR_OK);
	assert_err(secret_copy(span_text(VOLUME_PASSPHRASE), &old), ERR_OK);
	assert_err(secret_copy(SPAN(key), &added), ERR_OK);
	assert_err(luks_add_slot(l, old, added, &slot), ERR_OK);
	desk_facts = *luks_facts(l);
	fake_trust(volume_path("trust"), volume_path("officers"));
	return 0;
}

void
desk_exec(const char *const *more)
{
	const char *argv[16] = { "unlocker", "--config",
	    volume_path("conf"), "--test" };
	const char *build = getenv("top_builddir");
	char path[256];

	for (size_t i = 0; more != NULL && more[i] != NULL; i++)
		argv[i + 4] = more[i];
	snprintf(path, sizeof(path), "%s/unlocker",
	    build != NULL ? build : ".");
	execv(path, (char **)(uintptr_t)argv);
	_exit(127);
}

void
desk_serve(struct fake *f, enum lie lie, uint64_t version)
{
	*f = (struct fake){ .socket = volume_path("socket"), .lie = lie,
	    .version = version };
	memcpy(f->secret, key, sizeof(key));
	fake_start(f);
}

int
desk_forget(void **state)
{
	(void)state;
	unlink(volume_path("cryptod-seen"));
	unlink(volume_path("trust-seen"));
	desk_config(getuid(), NULL, "");
	return 0;
}

