/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/settings.h"

#include <stdio.h>

#include "base/log.h"
#include "xen/vchan.h"

#define NUMBER(field, low, high, preset, text) \
	CONFIG_NUMBER(struct settings, field, CONFIG_UINT, low, high, preset, \
	    text)
#define TIME(field, low, high, preset, text) \
	CONFIG_NUMBER(struct settings, field, CONFIG_DURATION, low, high, \
	    preset, text)

#define SECOND 1000
#define HOUR (3600 * SECOND)
#define DAY (UINT64_C(24) * HOUR)

static const struct config_row main_rows[] = {
	CONFIG_STRING(struct settings, state, CONFIG_PATH,
	    "/var/lib/anchorhold/cryptod",
	    "the state directory that the ceremony made"),
	CONFIG_STRING(struct settings, tcti, CONFIG_TEXT, NULL,
	    "the TPM, as tpm2-tss names it: device:/dev/tpm0"),
	{ .name = "trust", .kind = CONFIG_PATH, .max = 255, .preset = "",
	    CONFIG_AT(struct settings, trust), .doc = "the trust file, for "
	    "the reference values that evidence is held against; none: "
	    "evidence proves nothing" },
	CONFIG_CHOICE(struct settings, lock_memory, "all secrets", "all",
	    "what is locked in RAM; status shows anything but all"),
	CONFIG_CHOICE(struct settings, cap, "pcr keeper off", "pcr",
	    "what closes the TPM once the state is unsealed; keeper: one that "
	    "cannot be reset; status shows off"),
	CONFIG_CHOICE(struct settings, start, "unattended attended",
	    "unattended", "attended: a state that opens without a person's "
	    "secret is refused"),
	CONFIG_CHOICE(struct settings, custody, "software tpm", "software",
	    "where the token key signs: from sealed memory, or in the TPM, "
	    "which every answer then waits for"),
	TIME(tpm_limit, 100, 60 * SECOND, "10s",
	    "how long one TPM command may take"),
	TIME(publish_every, SECOND, 600 * SECOND, "5m",
	    "how often key metadata and checkpoint are signed anew"),
	TIME(rotate, HOUR, 400 * DAY, "1d",
	    "how long a token or audit key signs until the next one does"),
	TIME(freshness, SECOND, 300 * SECOND, "30s",
	    "how far a request's timestamp may be off"),
	NUMBER(window, 0, 10, "1",
	    "TOTP steps either side of the present one"),
	TIME(token_lifetime, SECOND, 300 * SECOND, "300s",
	    "how long a token is good"),
	TIME(unlock_lifetime, 30 * SECOND, 120 * SECOND, "60s",
	    "how long a token with a luks: scope is good"),
	CONFIG_CHOICE(struct settings, anchor, "strict timed", "strict",
	    "what steps the TPM's counter: each accepted code too, or not; "
	    "status shows anything but strict"),
	TIME(anchor_every, 600 * SECOND, 24 * HOUR, "6h",
	    "how often it is stepped while there is something new"),
	NUMBER(nv_budget, 1, 100000, "27",
	    "steps a day; when they are spent codes go without"),
	NUMBER(nv_life, 1000, 1000000000, "100000",
	    "writes that the TPM is rated for"),
	NUMBER(requests_rate, 1, 100000, "50",
	    "requests a second that a channel may make"),
	NUMBER(requests_burst, 1, 1000000, "200",
	    "and how many at once"),
	NUMBER(vchan_port, 1, 65535, "9001",
	    "this server's number among those of its Xen domain; vchan-port= "
	    "on the kernel's command line goes before it"),
};

/* Rows of [throttle]; the names lose the struct that they lie in. */
#define LIMIT(field, of_kind, low, high, default_, text) \
	{ .name = #field, .kind = (of_kind), .min = (low), .max = (high), \
	.preset = (default_), CONFIG_AT(struct settings, throttle.field), \
	.doc = (text) }

static const struct config_row throttle_rows[] = {
	LIMIT(burst, CONFIG_UINT, 1, 20, "5",
	    "wrong codes until a channel waits"),
	LIMIT(window, CONFIG_DURATION, SECOND, HOUR, "5m",
	    "the time in which they are counted"),
	LIMIT(first_wait, CONFIG_DURATION, SECOND, HOUR, "30s",
	    "the first wait; each further one is twice as long"),
	LIMIT(longest_wait, CONFIG_DURATION, SECOND, 24 * HOUR, "1h",
	    "and none is longer"),
	LIMIT(give_up, CONFIG_UINT, 1, 100000, "100",
	    "wrong codes without a right one until an act is needed"),
	LIMIT(global_burst, CONFIG_UINT, 1, 20, "20",
	    "wrong codes for an operator over all channels"),
	LIMIT(global_window, CONFIG_DURATION, SECOND, HOUR, "10m",
	    "the time in which those are counted"),
};

#define OPTIONAL(field, of_kind, text) \
	{ .name = #field, .kind = (of_kind), .min = 0, \
	.max = sizeof(((struct channel_settings *)0)->field) - 1, \
	.preset = "", CONFIG_AT(struct channel_settings, field), \
	.doc = (text) }

static const struct config_row channel_rows[] = {
	OPTIONAL(socket, CONFIG_PATH, "where this domain connects"),
	CONFIG_NUMBER(struct channel_settings, uid, CONFIG_UINT, 0,
	    UINT32_MAX, "4294967295",
	    "the uid it must have there; 4294967295 is not one"),
	CONFIG_NUMBER(struct channel_settings, gid, CONFIG_UINT, 0,
	    UINT32_MAX, "4294967295",
	    "the group that may open the socket; 4294967295 for none"),
	OPTIONAL(vchan, CONFIG_TEXT, "or, instead of a socket, the node of "
	    "xenstore where the toolstack has written its domid"),
	CONFIG_NUMBER(struct channel_settings, vchans, CONFIG_UINT, 1,
	    VCHAN_CHANNELS, "1", "how many connections it may have so"),
};

#define ROWS(table) .rows = (table), \
	.nrows = sizeof(table) / sizeof((table)[0])

const struct config_section settings_tables[] = {
	{ .name = "cryptod", ROWS(main_rows), .doc = "The daemon." },
	{ .name = "throttle", ROWS(throttle_rows),
	    .doc = "What wrong codes cost." },
	{ .name = "peer", ROWS(channel_rows),
	    .at = offsetof(struct settings, channels),
	    .size = sizeof(struct channel_settings), .max = CHANNELS_MAX,
	    .count = offsetof(struct settings, nchannels),
	    .label = offsetof(struct channel_settings, vm_id),
	    .doc = "A channel: [peer VM_ID] binds a socket, or vchans, to a "
	    "domain." },
};

const size_t settings_ntables =
    sizeof(settings_tables) / sizeof(settings_tables[0]);

/* The kernel's command line is what the toolstack tells a Xen guest. */
static enum err
read_kernel(struct config *c)
{
	char line[4096] = "";
	FILE *f = fopen("/proc/cmdline", "re");

	if (f == NULL)
		return log_errno("/proc/cmdline");
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	fclose(f);
	return config_word(c, line, "vchan-port", "cryptod.vchan_port");
}

static enum err
check_channel(const char *path, const struct channel_settings *c)
{
	if ((c->socket[0] == '\0') == (c->vchan[0] == '\0'))
		return log_err(ERR_MALFORMED, "%s: [peer %s]: it has a socket "
		    "or a vchan, one of them", path, c->vm_id);
	if (c->socket[0] != '\0' && c->uid == NO_USER)
		return log_err(ERR_MALFORMED, "%s: [peer %s]: uid is missing",
		    path, c->vm_id);
	if (c->vchan[0] != '\0' && (c->uid != NO_USER ||
	    c->gid != NO_GROUP))
		return log_err(ERR_MALFORMED, "%s: [peer %s]: uid and gid are "
		    "a socket's; a vchan is bound to its domid", path,
		    c->vm_id);
	return ERR_OK;
}

static enum err
check_channels(const char *path, const struct settings *s, bool *vchan)
{
	*vchan = false;
	for (size_t i = 0; i < s->nchannels; i++) {
		TRY(check_channel(path, &s->channels[i]));
		*vchan |= s->channels[i].vchan[0] != '\0';
	}
	return ERR_OK;
}

enum err
settings_read(const char *path, struct settings *out)
{
	struct config c;
	bool vchan;

	TRY(config_start(&c, settings_tables, settings_ntables, out));
	TRY(config_read(&c, path));
	TRY(config_check(&c, path));
	if (out->nchannels == 0)
		return log_err(ERR_MALFORMED, "%s: no [peer VM_ID]: nobody "
		    "could connect", path);
	TRY(check_channels(path, out, &vchan));
	return vchan ? read_kernel(&c) : ERR_OK;
}

struct policy
settings_policy(const struct settings *s)
{
	return (struct policy){
		.freshness = s->freshness / SECOND,
		.window = s->window,
		.token_lifetime = s->token_lifetime / SECOND,
		.unlock_lifetime = s->unlock_lifetime / SECOND,
		.throttle = {
			.burst = s->throttle.burst,
			.window = s->throttle.window / SECOND,
			.first_wait = s->throttle.first_wait / SECOND,
			.longest_wait = s->throttle.longest_wait / SECOND,
			.give_up = s->throttle.give_up,
			.global_burst = s->throttle.global_burst,
			.global_window = s->throttle.global_window / SECOND,
		},
	};
}

struct epoch_policy
settings_epoch(const struct settings *s)
{
	return (struct epoch_policy){
		.strict = s->anchor == ANCHOR_STRICT,
		.budget = s->nv_budget,
		.every = s->anchor_every / SECOND,
	};
}
