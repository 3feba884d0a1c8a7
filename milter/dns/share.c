#include "dns/share.h"

#define PART 4 /* of what is free, that one network may hold */

static bool
has_part(size_t most, size_t held, size_t mine)
{
	return held < most && mine < (most - held + PART - 1) / PART;
}

bool
share_has_place(const struct share_held *most, const struct share_held *held,
    const struct share_held *mine, bool early)
{
	return has_part(most->all, held->all, mine->all) &&
	       (!early || has_part(most->early, held->early, mine->early));
}

struct share_bucket
share_full(const struct share_rate *rate, double now)
{
	return (struct share_bucket){ .left = rate->burst, .at = now };
}

static double
left_at(const struct share_bucket *bucket, const struct share_rate *rate, double now)
{
	double left = bucket->left + (now - bucket->at) * rate->per_second;

	return left < rate->burst ? left : rate->burst;
}

void
share_refill(struct share_bucket *bucket, const struct share_rate *rate, double now)
{
	bucket->left = left_at(bucket, rate, now);
	bucket->at = now;
}

bool
share_is_full(
    const struct share_bucket *bucket, const struct share_rate *rate, double now)
{
	return left_at(bucket, rate, now) >= rate->burst;
}
