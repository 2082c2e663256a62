/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cell/settings.h"

#include "daemon/ends.h"

#define STRING(field, preset, text) \
	CONFIG_STRING(struct settings, field, CONFIG_PATH, preset, text)
#define TIME(field, low, high, preset, text) \
	CONFIG_NUMBER(struct settings, field, CONFIG_DURATION, low, high, \
	    preset, text)

#define SECOND 1000
#define HOUR (3600 * SECOND)

static const struct config_row rows[] = {
	STRING(swtpm, "/usr/bin/swtpm", "the software TPM's program"),
	STRING(tpm_state, "/var/lib/anchorhold/tpm",
	    "what the TPM keeps; ours alone"),
	STRING(run, "/run/anchorhold/cell",
	    "where its socket is, tpm; ours alone.  cryptod.conf has tcti = "
	    "swtpm:path=/run/anchorhold/cell/tpm"),
	STRING(cryptod, "/usr/sbin/cryptod", "cryptod's program"),
	STRING(config, "/etc/anchorhold/cryptod.conf",
	    "and its configuration"),
	CONFIG_NUMBER(struct settings, restarts, CONFIG_UINT, 0, ENDS_MAX,
	    "3", "how often both are started anew"),
	TIME(within, SECOND, 24 * HOUR, "10m", "in how long"),
	TIME(backoff, 0, 60 * SECOND, "1s",
	    "how long the first such start waits; each further one waits "
	    "twice as long"),
	TIME(stop_limit, 100, 600 * SECOND, "30s",
	    "how long cryptod may take to stop"),
};

static const struct config_section table = {
	.name = "cell", .rows = rows, .nrows = sizeof(rows) / sizeof(rows[0]),
	.doc = "A software TPM and cryptod, started and stopped together.",
};

enum err
settings_read(const char *path, struct settings *out)
{
	struct config c;

	TRY(config_start(&c, &table, 1, out));
	TRY(config_read(&c, path));
	return config_check(&c, path);
}

void
settings_print(FILE *to)
{
	config_print(&table, 1, to);
}
