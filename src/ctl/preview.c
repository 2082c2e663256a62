/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "anchor/root.h"
#include "base/log.h"
#include "base/own.h"
#include "ctl/ctl.h"
#include "ctl/eventlog.h"
#include "ctl/sheet.h"
#include "tpm/nv.h"

#define LIMIT_MS 5000
#define KERNELS_LOG "/sys/kernel/security/tpm0/binary_bios_measurements"

/* What a start would find. */
struct outlook {
	struct msg		 anchor;
	struct approvals	 approvals;
	uint64_t		 version;
	struct tpm_pcrs		 pcrs;
	bool			 capped;
	/* The event logs of the approved boot and of this one; no banks: not
	 * asked for. */
	struct input		 was_file, now_file;
	struct eventlog		 was, now;
};

static enum err
read_state(const char *path, struct outlook *o)
{
	int dir OWNED(fd_drop) = open(path, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	struct cose_key k;
	enum err e;

	if (dir == -1)
		return log_err(ERR_NOT_FOUND, "%s: %s", path,
		    strerror(errno));
	e = anchor_read(dir, &o->anchor);
	if (e == ERR_OK)
		e = cose_key_decode(WIRE_SPAN(o->anchor.anchor.k), &k);
	if (e == ERR_OK)
		e = approvals_read(dir, &k, &o->approvals);
	return e == ERR_NOT_FOUND ? log_err(e, "%s: no anchor or no "
	    "approvals in it", path) : e;
}

static enum err
read_tpm(const char *tcti, struct outlook *o)
{
	const struct tpm_point k = approvals_point(&o->approvals.k);
	const struct msg_anchor *a = &o->anchor.anchor;
	struct tpm_name srk = { .len = a->srk_name.len };
	struct tpm *tpm OWNED(tpm_drop) = NULL;

	if (srk.len > sizeof(srk.at))
		return ERR_MALFORMED;
	memcpy(srk.at, a->srk_name.at, srk.len);
	o->pcrs.select = (struct tpm_pcr_select){ TPM_SHA256,
	    approvals_mask(&o->approvals) };
	TRY(tpm_open(tcti, &tpm));
	tpm_limit(tpm, LIMIT_MS);
	TRY(tpm_srk_pin(tpm, &srk));
	TRY(tpm_version_read(tpm, &k, &o->version));
	return o->pcrs.select.mask == 0 ? ERR_OK :
	    tpm_pcr_read(tpm, &o->pcrs);
}

/* A start is a reset of the TPM: the cap goes with it. */
static bool
will_hold(const struct outlook *o, enum tpm_policy kind)
{
	for (size_t i = 0; i < o->approvals.count; i++) {
		struct approval_fit f = approval_fits(&o->approvals.at[i],
		    o->version, &o->pcrs);

		f.capped = false;
		if (o->approvals.at[i].a.policy == kind && approval_holds(&f))
			return true;
	}
	return false;
}

/* Does it lead to this value? */
static bool
leads(const struct eventlog *log, unsigned pcr, const uint8_t *value)
{
	struct eventlog_pcrs p;

	return eventlog_replay(log, BANK_SHA256, &p) == ERR_OK &&
	    memcmp(p.value[pcr], value, POLICY_PCR_LEN) == 0;
}

/* Which events make the difference. */
static void
put_events(struct sheet *s, const struct outlook *o,
    const struct approval *a, unsigned pcr)
{
	sheet_bool(s, "explained|kept log leads to what is approved",
	    leads(&o->was, pcr, a->value[pcr]));
	sheet_bool(s, "explained_now|log leads to what is present",
	    leads(&o->now, pcr, o->pcrs.value[pcr]));
	sheet_open(s, "events", SHEET_LIST);
	(void)eventlog_put_diff(s, &o->was, &o->now, BANK_SHA256, 1U << pcr);
	sheet_close(s);
}

static void
put_pcr(struct sheet *s, const struct outlook *o, const struct approval *a,
    unsigned pcr)
{
	sheet_open(s, NULL, SHEET_MAP);
	sheet_uint(s, "pcr|PCR", pcr);
	sheet_bytes(s, "approved", SPAN(a->value[pcr]));
	sheet_bytes(s, "present", (struct span){ o->pcrs.value[pcr],
	    POLICY_PCR_LEN });
	if (o->was.banks > 0)
		put_events(s, o, a, pcr);
	sheet_close(s);
}

static void
put_approval(struct sheet *s, const struct outlook *o,
    const struct approval *a)
{
	const struct approval_fit f = approval_fits(a, o->version, &o->pcrs);

	sheet_open(s, NULL, SHEET_MAP);
	sheet_text(s, "policy", span_text(tpm_policy_ref(a->a.policy)));
	sheet_uint(s, "version|up to version", a->a.version);
	sheet_bool(s, "raised_past|raised past", f.raised_past);
	sheet_open(s, "differs", SHEET_LIST);
	for (unsigned i = 0; i < TPM_PCRS; i++)
		if ((f.differs >> i & 1) != 0)
			put_pcr(s, o, a, i);
	sheet_close(s);
	sheet_close(s);
}

static bool
is_capped(const struct outlook *o)
{
	for (size_t i = 0; i < o->approvals.count; i++)
		if (approval_fits(&o->approvals.at[i], o->version,
		    &o->pcrs).capped)
			return true;
	return false;
}

static const char *
advice(const struct outlook *o, bool will)
{
	if (o->anchor.anchor.has_next_pub)
		return "A reseal was not finished: call anchorhold-mint "
		    "raise or reseal again.";
	if (!will)
		return "Boot what was approved; or approve this: "
		    "anchorhold-mint request, anchorhold-approve boot, "
		    "anchorhold-mint approvals.";
	return is_capped(o) ? "Nothing; reset the TPM before a start, as "
	    "its cell does." : "Nothing.";
}

static enum ends
show(const struct args *a, const struct outlook *o)
{
	const bool will = !o->anchor.anchor.has_next_pub &&
	    will_hold(o, TPM_POLICY_UNSEAL) && will_hold(o, TPM_POLICY_USE);
	struct sheet *s OWNED(sheet_drop) = NULL;

	if (sheet_new(a->json, SHEET_MAP, &s) != ERR_OK)
		return ENDS_machine;
	sheet_bool(s, "unseals|will unseal", will);
	sheet_bool(s, "capped|capped now", is_capped(o));
	sheet_uint(s, "version|version of the TPM", o->version);
	sheet_say(s, "do|what to do", "%s", advice(o, will));
	sheet_open(s, "approvals", SHEET_LIST);
	for (size_t i = 0; i < o->approvals.count; i++)
		if (o->approvals.at[i].a.policy != TPM_POLICY_RAISE)
			put_approval(s, o, &o->approvals.at[i]);
	sheet_close(s);
	if (sheet_print(s, stdout) != ERR_OK)
		return ENDS_machine;
	return will ? ENDS_ok : ENDS_no;
}

static enum err
read_logs(const struct args *a, struct outlook *o)
{
	if (a->eventlog == NULL)
		return ERR_OK;
	TRY(eventlog_read(a->eventlog, &o->was_file, &o->was));
	return eventlog_read(a->eventlog_now != NULL ? a->eventlog_now :
	    KERNELS_LOG, &o->now_file, &o->now);
}

static void
outlook_drop(struct outlook **o)
{
	input_drop(&(*o)->was_file);
	input_drop(&(*o)->now_file);
}

enum ends
tpm_preview_run(const struct args *a)
{
	static struct outlook o;
	struct outlook *held OWNED(outlook_drop) = &o;
	enum err e;

	if (a->eventlog_now != NULL && a->eventlog == NULL) {
		log_line("--eventlog-now: held against which one? Give "
		    "--eventlog too");
		return ENDS_usage;
	}
	e = read_logs(a, held);
	if (e != ERR_OK)
		return ends_of(e);
	e = read_state(a->operand[0], &o);

	if (e != ERR_OK)
		return e == ERR_AUTH ? ENDS_malformed : ends_of(e);
	e = read_tpm(a->tcti, &o);
	if (e == ERR_HARDWARE || e == ERR_BUSY) {
		log_line("the TPM does not answer: if cryptod has it, its "
		    "status says how it is (anchorctl status)");
		return ENDS_unreached;
	}
	return e == ERR_OK ? show(a, &o) : ENDS_no;
}
