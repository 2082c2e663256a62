/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UNLOCKER_SETTINGS_H
#define UNLOCKER_SETTINGS_H

/* What unlocker.conf says, and the tables by which it is read. */

#include <stdio.h>

#include "daemon/config.h"
#include "luks/luks.h"

#define VOLUMES_MAX 16

enum lock_memory { LOCK_ALL, LOCK_SECRETS };
enum proving { PROVING_OFF, PROVING_ON };

struct volume_settings {
	char			label[CONFIG_LABEL_MAX + 1];
	char			device[256];
	char			name[CONFIG_LABEL_MAX + 1];
	char			release[64 + 1];
	char			uuid[LUKS_UUID_LEN + 1];
	char			cipher[LUKS_CIPHER_MAX + 1];
	uint64_t		key_size;
	char			digest[2 * LUKS_DIGEST_LEN + 1];
	struct luks_facts	facts;		/* made of the four */
};

struct settings {
	char			vm_id[CONFIG_LABEL_MAX + 1];
	char			socket[108];
	uint64_t		server_uid;
	char			vchan[64];	/* empty: the socket */
	uint64_t		vchan_port, vchan_channel;
	char			trust[256];
	char			officers[256];
	char			state[256];
	char			operator[CONFIG_LABEL_MAX + 1];
	char			device[CONFIG_LABEL_MAX + 1];
	unsigned		appraise;
	unsigned		lock_memory;
	uint64_t		timeout;	/* ms */
	size_t			nvolumes;
	struct volume_settings	volumes[VOLUMES_MAX];
};

/* Read a configuration file; its every fault is one line. */
enum err settings_read(const char *path, struct settings *out);

/* A line for each setting that gives up a check. */
void settings_warn(const char *path, const struct settings *s);

/* Where cryptod is: the socket's path, or the vchan's node. */
const char *settings_where(const struct settings *s);

/* The volume of that label, or the only one if label is NULL; NOT_FOUND, with
 * a line that says which there are. */
enum err settings_volume(const struct settings *s, const char *label,
    const struct volume_settings **out);

/* One with every row, explained. */
void settings_print(FILE *to);

#endif
