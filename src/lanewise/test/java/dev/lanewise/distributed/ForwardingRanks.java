package dev.lanewise.distributed;

import dev.lanewise.memory.FloatSpan;

/** Forwards all calls to the ranks of an engine, for tests that change some of them. */
class ForwardingRanks implements Collective {
    final Collective ranks;

    ForwardingRanks(Collective ranks) {
        this.ranks = ranks;
    }

    @Override
    public int rank() {
        return ranks.rank();
    }

    @Override
    public int world() {
        return ranks.world();
    }

    @Override
    public void exchange(FloatSpan send, long[] sendFrom, FloatSpan receive, long[] receiveFrom) {
        ranks.exchange(send, sendFrom, receive, receiveFrom);
    }

    @Override
    public void gather(FloatSpan all, long[] from) {
        ranks.gather(all, from);
    }

    @Override
    public void gather(double[] all, int[] from) {
        ranks.gather(all, from);
    }

    @Override
    public byte[][] gather(byte[] own) {
        return ranks.gather(own);
    }

    @Override
    public long bytesSent() {
        return ranks.bytesSent();
    }

    @Override
    public void close() {
        ranks.close();
    }
}
