/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "attest/object.h"
#include "base/own.h"
#include "crypto/x509.h"
#include "tests/activate.h"
#include "tests/certs.h"

#define CA "critical,CA:TRUE"
#define SIGNS "critical,keyCertSign"
#define EK "2.23.133.8.1"

enum { ROOT, MIDDLE, LEAF, RSA, WEAK, KEYS };

static struct evp_pkey_st *keys[KEYS];

static const struct cert good_root = { .subject = "root",
	    .issuer = "root", .constraints = CA, .usage = SIGNS };
static const struct cert good_middle = { .subject = "middle",
	    .issuer = "root", .constraints = CA ",pathlen:0", .usage = SIGNS };

/* One chain of three, and what it is found to be.  What stands in the
 * directory is the root, or the middle with partial. */
static const struct row {
	const char		*name;
	struct cert		 leaf;
	struct cert		 middle;
	struct cert		 root;
	bool			 partial;	/* the middle is the anchor */
	bool			 missing;	/* nobody has the middle */
	bool			 weak;		/* the middle's key is */
	int			 signer;	/* of the leaf; 0: MIDDLE */
	int64_t			 when;		/* from CERT_NOW */
	enum x509_verdict	 chain, ek;
} rows[] = {
	{ .name = "an EK of P-256",
	    .leaf = { .subject = "", .issuer = "middle",
	    .constraints = "critical,CA:FALSE",
	    .usage = "critical,keyAgreement", .purpose = EK, .san = true } },
	{ .name = "an anchor that is no root", .partial = true,
	    .leaf = { .subject = "", .issuer = "middle",
	    .usage = "keyAgreement", .purpose = EK } },
	{ .name = "no key usage is any",
	    .leaf = { .subject = "", .issuer = "middle", .purpose = EK } },
	{ .name = "a purpose beside others",
	    .leaf = { .subject = "", .issuer = "middle",
	    .purpose = "clientAuth," EK } },
	{ .name = "a link that nobody has", .missing = true,
	    .leaf = { .subject = "", .issuer = "middle", .purpose = EK },
	    .chain = CERT_UNKNOWN },
	{ .name = "an issuer by the same name", .signer = LEAF,
	    .leaf = { .subject = "", .issuer = "middle", .purpose = EK },
	    .chain = CERT_SIGNATURE },
	{ .name = "an issuer who is nobody",
	    .leaf = { .subject = "", .issuer = "stranger", .purpose = EK },
	    .chain = CERT_UNKNOWN },
	{ .name = "one that signs itself", .signer = LEAF,
	    .leaf = { .subject = "leaf", .issuer = "leaf", .purpose = EK },
	    .chain = CERT_UNKNOWN },
	{ .name = "one that has expired", .when = 3601,
	    .leaf = { .subject = "", .issuer = "middle", .purpose = EK },
	    .middle = { .until = 9999 }, .root = { .until = 9999 },
	    .chain = CERT_EXPIRED },
	{ .name = "one that has not begun", .when = -3601,
	    .leaf = { .subject = "", .issuer = "middle", .purpose = EK },
	    .middle = { .from = -9999 }, .root = { .from = -9999 },
	    .chain = CERT_EXPIRED },
	{ .name = "an issuer that has expired", .when = 3601,
	    .leaf = { .subject = "", .issuer = "middle", .purpose = EK,
	    .until = 9999 },
	    .chain = CERT_EXPIRED },
	{ .name = "at no time", .when = -CERT_NOW,
	    .leaf = { .subject = "", .issuer = "middle", .purpose = EK,
	    .until = -7000 } },
	{ .name = "SHA-1 on the leaf",
	    .leaf = { .subject = "", .issuer = "middle", .purpose = EK,
	    .digest = "SHA1" },
	    .chain = CERT_ALGORITHM },
	{ .name = "SHA-1 on the middle",
	    .leaf = { .subject = "", .issuer = "middle", .purpose = EK },
	    .middle = { .digest = "SHA1" }, .chain = CERT_ALGORITHM },
	{ .name = "SHA-1 on an anchor", .partial = true,
	    .leaf = { .subject = "", .issuer = "middle", .purpose = EK },
	    .middle = { .digest = "SHA1" } },
	{ .name = "a middle of RSA with 1024 bits", .weak = true,
	    .leaf = { .subject = "", .issuer = "middle", .purpose = EK },
	    .chain = CERT_ALGORITHM },
	{ .name = "an anchor of RSA with 1024 bits", .weak = true,
	    .partial = true,
	    .leaf = { .subject = "", .issuer = "middle", .purpose = EK },
	    .chain = CERT_ALGORITHM },
	{ .name = "a middle of RSA with 2048 bits", .signer = RSA,
	    .leaf = { .subject = "", .issuer = "middle", .purpose = EK } },
	{ .name = "SHA-512",
	    .leaf = { .subject = "", .issuer = "middle", .purpose = EK,
	    .digest = "SHA512" } },
	{ .name = "an issuer that is no CA",
	    .leaf = { .subject = "", .issuer = "middle", .purpose = EK },
	    .middle = { .constraints = "CA:FALSE" }, .chain = CERT_ISSUER },
	{ .name = "an issuer that does not say it is a CA",
	    .leaf = { .subject = "", .issuer = "middle", .purpose = EK },
	    .middle = { .constraints = "" }, .chain = CERT_ISSUER },
	{ .name = "an issuer that may not sign certificates",
	    .leaf = { .subject = "", .issuer = "middle", .purpose = EK },
	    .middle = { .usage = "digitalSignature" },
	    .chain = CERT_ISSUER },
	{ .name = "a path that is too long",
	    .leaf = { .subject = "", .issuer = "middle", .purpose = EK },
	    .root = { .constraints = CA ",pathlen:0" },
	    .chain = CERT_ISSUER },
	{ .name = "something critical that nobody knows",
	    .leaf = { .subject = "", .issuer = "middle", .purpose = EK,
	    .odd = true },
	    .chain = CERT_CRITICAL },
	{ .name = "a CA where an EK belongs",
	    .leaf = { .subject = "leaf", .issuer = "middle",
	    .constraints = CA, .usage = "keyCertSign,keyAgreement",
	    .purpose = EK, }, .ek = CERT_CA, .middle = { .constraints = CA } },
	{ .name = "no purpose",
	    .leaf = { .subject = "", .issuer = "middle",
	    .usage = "keyAgreement" },
	    .ek = CERT_PURPOSE },
	{ .name = "another purpose",
	    .leaf = { .subject = "", .issuer = "middle",
	    .usage = "keyAgreement", .purpose = "2.23.133.8.3" },
	    .ek = CERT_PURPOSE },
	{ .name = "a key that signs",
	    .leaf = { .subject = "", .issuer = "middle",
	    .usage = "digitalSignature", .purpose = EK },
	    .ek = CERT_USAGE },
};

static int
make_keys(void **state)
{
	(void)state;
	for (int i = 0; i < KEYS; i++)
		keys[i] = i == WEAK ? cert_weak_key() : cert_key(i == RSA);
	return 0;
}

static int
drop_keys(void **state)
{
	(void)state;
	for (int i = 0; i < KEYS; i++)
		cert_key_drop(&keys[i]);
	return 0;
}

/* What the row says otherwise than the good one; "" takes it out. */
static struct cert
changed(struct cert c, const struct cert *by)
{
	if (by->constraints != NULL)
		c.constraints = by->constraints[0] != '\0' ?
		    by->constraints : NULL;
	c.usage = by->usage != NULL ? by->usage : c.usage;
	c.digest = by->digest;
	c.from = by->from;
	c.until = by->until;
	return c;
}

/* A directory with these files in it; the test leaves none behind. */
struct directory {
	char	path[32];
	size_t	n;
};

static void
directory_drop(struct directory *d)
{
	char path[64];

	for (size_t i = 0; i < d->n; i++) {
		(void)!snprintf(path, sizeof(path), "%s/%zu", d->path, i);
		(void)!unlink(path);
	}
	(void)!rmdir(d->path);
}

static void
make_directory(struct directory *d)
{
	memcpy(d->path, "/tmp/x509.XXXXXX", 17);
	assert_non_null(mkdtemp(d->path));
}

static void
put_file(struct directory *d, struct span content)
{
	char path[64];
	int fd;

	if (d->path[0] == '\0')
		make_directory(d);
	(void)!snprintf(path, sizeof(path), "%s/%zu", d->path, d->n++);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, content.at, content.len), content.len);
	close(fd);
}

static struct x509_anchors *
anchors_of(struct span der)
{
	struct directory d OWNED(directory_drop) = { };
	struct x509_anchors *a = NULL;

	put_file(&d, der);
	assert_err(x509_anchors_read(d.path, &a), ERR_OK);
	return a;
}

static void
test_row(void **state)
{
	const struct row *row = *state;
	const struct cert root = changed(good_root, &row->root);
	const struct cert middle = changed(good_middle, &row->middle);
	uint8_t r[4096], m[4096], l[4096];
	const struct span rs = { r, cert_make(&root, keys[ROOT], keys[ROOT],
	    r) };
	const int own = row->weak ? WEAK : row->signer == RSA ? RSA : MIDDLE;
	const struct span ms = { m, cert_make(&middle, keys[own],
	    keys[ROOT], m) };
	const struct span ls = { l, cert_make(&row->leaf, keys[LEAF],
	    keys[row->signer == 0 ? own : row->signer], l) };
	struct x509_anchors *a OWNED(x509_anchors_drop) =
	    anchors_of(row->partial ? ms : rs);
	const bool alone = row->partial || row->missing;

	assert_true(rs.len > 0 && ms.len > 0 && ls.len > 0);
	assert_string_equal(x509_text(x509_chain(a, ls,
	    alone ? (struct span){ } : ms, CERT_NOW + row->when)),
	    x509_text(row->chain));
	assert_string_equal(x509_text(x509_ek(ls, NULL)),
	    x509_text(row->ek));
}

/* A certificate of this key, and the key itself. */
static struct span
self_signed(int which, bool oaep, uint8_t out[static 4096])
{
	const struct cert c = { .subject = "ek", .issuer = "ek",
	    .usage = "keyEncipherment", .purpose = EK, .oaep = oaep };

	return (struct span){ out, cert_make(&c, keys[which], keys[ROOT],
	    out) };
}

static void
test_what_it_says_of_itself(void **state)
{
	const struct cert c = { .subject = "ek", .issuer = "a maker, of TPMs",
	    .from = -7, .until = 9 };
	uint8_t der[4096];
	struct span s = { der, cert_make(&c, keys[LEAF], keys[ROOT], der) };
	struct x509_about is;

	(void)state;
	assert_err(x509_about(s, &is), ERR_OK);
	assert_string_equal(is.issuer, "CN=a maker\\, of TPMs");
	assert_int_equal(is.serial_len, 1);
	assert_int_equal(is.serial[0], 7);
	assert_int_equal(is.from, CERT_NOW - 7 - 3600);
	assert_int_equal(is.until, CERT_NOW + 9 + 3600);
	s.len--;
	assert_err(x509_about(s, &is), ERR_MALFORMED);
	assert_string_equal(is.issuer, "");
}

static struct x509_key
key_of(int which, uint8_t room[static 512], struct attest_public *p)
{
	assert_err(public_of_key(keys[which], room, p), ERR_OK);
	if (which != RSA)
		return (struct x509_key){ .x = SPAN(p->x), .y = SPAN(p->y) };
	return (struct x509_key){ .modulus = p->modulus,
	    .exponent = p->exponent };
}

static void
test_the_key_is_the_tpms(void **state)
{
	uint8_t der[4096], room[512];
	struct attest_public p, q;
	struct x509_key k = key_of(RSA, room, &p);
	const struct x509_key e = key_of(LEAF, room, &q);

	(void)state;
	k = key_of(RSA, room, &p);
	for (int oaep = 0; oaep <= 1; oaep++) {
		assert_int_equal(x509_ek(self_signed(RSA, oaep, der), &k),
		    CERT_GOOD);
		assert_int_equal(x509_ek(self_signed(RSA, oaep, der), &e),
		    CERT_KEY);
	}
	k.exponent += 2;
	assert_int_equal(x509_ek(self_signed(RSA, false, der), &k),
	    CERT_KEY);
	k.exponent -= 2;
	room[0] ^= 1;
	assert_int_equal(x509_ek(self_signed(RSA, false, der), &k),
	    CERT_KEY);
	assert_int_equal(x509_ek(self_signed(LEAF, false, der), &k),
	    CERT_KEY);
}

static void
test_the_point_is_the_tpms(void **state)
{
	uint8_t der[4096], room[512];
	struct attest_public p;
	struct x509_key k = key_of(LEAF, room, &p);

	(void)state;
	k = (struct x509_key){ .x = SPAN(p.x), .y = SPAN(p.y) };
	assert_int_equal(x509_ek(self_signed(LEAF, false, der), &k),
	    CERT_GOOD);
	p.y[31] ^= 1;
	assert_int_equal(x509_ek(self_signed(LEAF, false, der), &k),
	    CERT_KEY);
	p.y[31] ^= 1;
	p.x[0] ^= 1;
	assert_int_equal(x509_ek(self_signed(LEAF, false, der), &k),
	    CERT_KEY);
}

static void
test_no_byte_can_be_changed(void **state)
{
	uint8_t der[4096], m[4096];
	const struct cert leaf = { .subject = "", .issuer = "middle",
	    .usage = "keyAgreement", .purpose = EK };
	const struct span ms = { m, cert_make(&good_middle, keys[MIDDLE],
	    keys[ROOT], m) };
	const size_t len = cert_make(&leaf, keys[LEAF], keys[MIDDLE], der);
	struct x509_anchors *a OWNED(x509_anchors_drop) = anchors_of(ms);

	(void)state;
	for (size_t i = 0; i < len; i += 3) {
		der[i] ^= 4;
		assert_int_not_equal(x509_chain(a, (struct span){ der, len },
		    (struct span){ }, CERT_NOW), CERT_GOOD);
		der[i] ^= 4;
		assert_int_equal(x509_ek((struct span){ der, i }, NULL),
		    CERT_MALFORMED);
	}
	assert_int_equal(x509_chain(a, (struct span){ der, len },
	    (struct span){ }, CERT_NOW), CERT_GOOD);
	assert_int_equal(x509_chain(a, (struct span){ der, len + 1 },
	    (struct span){ }, CERT_NOW), CERT_MALFORMED);
	assert_int_equal(x509_ek((struct span){ der, len + 1 }, NULL),
	    CERT_MALFORMED);
	assert_int_equal(x509_chain(a, (struct span){ der, len },
	    (struct span){ der, len - 1 }, CERT_NOW), CERT_MALFORMED);
}

static const struct trim_row {
	const char	*name;
	const char	*hex;
	size_t		 at, len;	/* of what is left; 0: refused */
} trim_rows[] = {
	{ "as it is",		"30820001aa",		0, 5 },
	{ "ones behind it",	"30820001aaffffff",	0, 5 },
	{ "zeros behind it",	"30820001aa0000",	0, 5 },
	{ "11 behind it",	"30820001aa11",		0, 5 },
	{ "a header before it",	"100100000710023082 0001aa", 7, 5 },
	{ "half a header",	"100100000710 30820001aa", 0, 0 },
	{ "anything behind it",	"30820001aa22",		0, 0 },
	{ "two things behind it", "30820001aaff00",	0, 0 },
	{ "cut off",		"30820002aa",		0, 0 },
	{ "a short size",	"3001aaffff",		0, 0 },
	{ "too large",		"3082ffffaa",		0, 0 },
	{ "nothing",		"",			0, 0 },
};

static void
test_trim(void **state)
{
	const struct trim_row *row = *state;
	uint8_t in[32] = { 0 };
	const size_t len = unhex(row->hex, in, sizeof(in));
	struct span out;

	assert_err(x509_trim((struct span){ in, len }, &out),
	    row->len > 0 ? ERR_OK : ERR_MALFORMED);
	if (row->len > 0) {
		assert_ptr_equal(out.at, in + row->at);
		assert_int_equal(out.len, row->len);
	}
}

static void
test_directories(void **state)
{
	struct directory d OWNED(directory_drop) = { };
	struct x509_anchors *a OWNED(x509_anchors_drop) = NULL;
	uint8_t der[4096];
	const struct span one = { der, cert_make(&good_root, keys[ROOT],
	    keys[ROOT], der) };

	(void)state;
	assert_err(x509_anchors_read("/nowhere/at/all", &a), ERR_NOT_FOUND);
	make_directory(&d);
	assert_err(x509_anchors_read(d.path, &a), ERR_NOT_FOUND);
	put_file(&d, one);
	assert_err(x509_anchors_read(d.path, &a), ERR_OK);
	x509_anchors_drop(&a);
	put_file(&d, span_text("-----BEGIN CERTIFICATE-----\nno\n"));
	assert_err(x509_anchors_read(d.path, &a), ERR_MALFORMED);
	assert_null(a);
}

static void
test_files(void **state)
{
	static uint8_t large[X509_FILE_MAX + 1];
	uint8_t der[4096] = { 0 };
	const struct span more = { der, cert_make(&good_root, keys[ROOT],
	    keys[ROOT], der) + 1 };
	struct x509_anchors *a OWNED(x509_anchors_drop) = NULL;
	const struct span none[] = {
		span_text("anything"), { large, sizeof(large) },
		span_text(""), more,
	};

	(void)state;
	for (size_t i = 0; i < ROWS(none); i++) {
		struct directory d OWNED(directory_drop) = { };

		put_file(&d, none[i]);
		assert_err(x509_anchors_read(d.path, &a),
		    i == 1 ? ERR_LIMIT : ERR_MALFORMED);
	}
	assert_null(a);
}

/* A good certificate in PEM, and what is behind it. */
static enum err
read_behind(struct span pem, struct span more)
{
	struct directory d OWNED(directory_drop) = { };
	struct x509_anchors *a OWNED(x509_anchors_drop) = NULL;
	uint8_t file[8192];

	memcpy(file, pem.at, pem.len);
	memcpy(file + pem.len, more.at, more.len);
	put_file(&d, (struct span){ file, pem.len + more.len });
	return x509_anchors_read(d.path, &a);
}

static void
test_nothing_in_a_file_is_passed_over(void **state)
{
	uint8_t der[4096], text[4096];
	const struct span pem = { text, cert_pem((struct span){ der,
	    cert_make(&good_root, keys[ROOT], keys[ROOT], der) }, text) };
	static const char *const broken[] = {
		"-----BEGIN CERTIFICATE-----\nno\n",
		"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
		"-----BEGIN X509 CRL-----\nAA==\n-----END X509 CRL-----\n",
		"-----BEGIN CERTIFICATE",
	};

	(void)state;
	assert_err(read_behind(pem, span_text("")), ERR_OK);
	assert_err(read_behind(pem, span_text("who that is\n")), ERR_OK);
	assert_err(read_behind(pem, pem), ERR_OK);
	assert_err(read_behind(pem, (struct span){ pem.at, pem.len - 30 }),
	    ERR_MALFORMED);
	for (size_t i = 0; i < ROWS(broken); i++)
		assert_err(read_behind(pem, span_text(broken[i])),
		    ERR_MALFORMED);
}

#define FIXED 7

int
main(void)
{
	struct CMUnitTest tests[FIXED + ROWS(rows) + ROWS(trim_rows)] = {
		cmocka_unit_test(test_the_key_is_the_tpms),
		cmocka_unit_test(test_the_point_is_the_tpms),
		cmocka_unit_test(test_no_byte_can_be_changed),
		cmocka_unit_test(test_directories),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_nothing_in_a_file_is_passed_over),
		cmocka_unit_test(test_what_it_says_of_itself),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[FIXED + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	for (size_t i = 0; i < ROWS(trim_rows); i++)
		tests[FIXED + ROWS(rows) + i] = ROW_TEST(trim_rows[i].name,
		    test_trim, &trim_rows[i]);
	return cmocka_run_group_tests_name("x509", tests, make_keys,
	    drop_keys);
}
