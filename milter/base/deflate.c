#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

#include "base/deflate.h"
#include "base/mem.h"

#define STEP 16384

void *
deflate_pack(const void *data, size_t len, size_t *out_len)
{
	uLongf size = compressBound(len);
	unsigned char *out = mem_alloc(size);

	/* Its only error is too little room, or no memory, which mem.h is for. */
	if (compress2(out, &size, data, len, Z_BEST_SPEED) != Z_OK)
		abort();
	*out_len = size;
	return out;
}

#define GZIP_LEVEL 6
#define GZIP_WINDOW (15 + 16) /* zlib: the largest, as gzip */
#define GZIP_MEMORY 8

void *
deflate_gzip(const void *data, size_t len, size_t *out_len)
{
	z_stream z = { 0 };
	unsigned char *out;
	uLong size;

	if (len > UINT_MAX || deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW,
				  GZIP_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	size = deflateBound(&z, len);
	out = mem_alloc(size);
	z.next_in = data;
	z.avail_in = (uInt)len;
	z.next_out = out;
	z.avail_out = (uInt)size;
	/* Its only error is too little room, which deflateBound() told. */
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	*out_len = z.total_out;
	deflateEnd(&z);
	return out;
}

/* Inflate into ${out}, which grows up to ${max}: Z_STREAM_END, or what went wrong. */
static int
inflate_all(z_stream *z, char **out, size_t max, size_t *out_len)
{
	size_t size = 0;
	int status;

	do {
		if (z->total_out >= max)
			return Z_BUF_ERROR;
		if (z->total_out == size) {
			size += STEP;
			*out = mem_realloc(*out, size + 1);
		}
		z->next_out = (unsigned char *)*out + z->total_out;
		z->avail_out = (uInt)(size - z->total_out);
		status = inflate(z, Z_NO_FLUSH);
	} while (status == Z_OK);
	*out_len = z->total_out;
	return status;
}

char *
deflate_unpack(const void *data, size_t len, size_t max, size_t *out_len)
{
	z_stream z = { 0 };
	char *out = NULL;
	int status;

	if (len > UINT_MAX || inflateInit(&z) != Z_OK)
		return NULL;
	z.next_in = data;
	z.avail_in = (uInt)len;
	status = inflate_all(&z, &out, max, out_len);
	inflateEnd(&z);
	if (out == NULL || status != Z_STREAM_END || *out_len > max) {
		free(out);
		return NULL;
	}
	out[*out_len] = '\0';
	return out;
}
