using Ptewright.Addressing;

namespace Ptewright.LinearMap;

/// <summary>Makes a <see cref="TableDigest"/> of tables, one after the other in walk order: a table before those below it, ascending.</summary>
/// <remarks>Eight lanes take the 64-bit words in turn (xor, rotate, multiply), so that it runs at memory speed without vector code, at EL1 as on the host.</remarks>
internal unsafe struct TableDigestBuilder
{
    private const ulong Multiplier = 0x9e37_79b9_7f4a_7c15;
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;
    private ulong _e;
    private ulong _f;
    private ulong _g;
    private ulong _h;

    /// <summary>How many tables there were.</summary>
    public ulong Tables { get; private set; }

    /// <summary>A digest of nothing yet.</summary>
    public static TableDigestBuilder Create()
    {
        TableDigestBuilder digest = default;
        digest._a = Multiplier;
        digest._b = unchecked(Multiplier * 2);
        digest._c = unchecked(Multiplier * 3);
        digest._d = unchecked(Multiplier * 4);
        digest._e = unchecked(Multiplier * 5);
        digest._f = unchecked(Multiplier * 6);
        digest._g = unchecked(Multiplier * 7);
        digest._h = unchecked(Multiplier * 8);
        return digest;
    }

    /// <summary>The next table.</summary>
    /// <param name="table">Where it lies.</param>
    /// <param name="entries">Its entries.</param>
    /// <param name="count">How many; a root may have fewer than eight.</param>
    public void Add(PhysicalAddress table, ulong* entries, int count)
    {
        // The lanes stay in registers over one table.
        ulong a = Mix(_a, table.Value), b = _b, c = _c, d = _d, e = _e, f = _f, g = _g, h = _h;
        int whole = count & ~7;
        for (int i = 0; i < whole; i += 8)
        {
            a = Mix(a, entries[i]);
            b = Mix(b, entries[i + 1]);
            c = Mix(c, entries[i + 2]);
            d = Mix(d, entries[i + 3]);
            e = Mix(e, entries[i + 4]);
            f = Mix(f, entries[i + 5]);
            g = Mix(g, entries[i + 6]);
            h = Mix(h, entries[i + 7]);
        }

        for (int i = whole; i < count; i++)
        {
            a = Mix(a, entries[i]);
        }

        _a = a;
        _b = b;
        _c = c;
        _d = d;
        _e = e;
        _f = f;
        _g = g;
        _h = h;
        Tables++;
    }

    /// <summary>The digest of the tables so far.</summary>
    public readonly TableDigest ToDigest()
    {
        ulong high = Mix(Mix(Mix(Mix(Mix(Mix(Mix(Mix(0, _a), _b), _c), _d), _e), _f), _g), _h);
        ulong low = Mix(Mix(Mix(Mix(Mix(Mix(Mix(Mix(0, _h), _g), _f), _e), _d), _c), _b), _a);
        return new TableDigest(high ^ (high >> 32), low ^ (low >> 32));
    }

    private static ulong Mix(ulong lane, ulong word)
    {
        ulong x = lane ^ word;
        return ((x << 29) | (x >> 35)) * Multiplier;
    }
}
