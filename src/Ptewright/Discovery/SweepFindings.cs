using Ptewright.Addressing;
using Ptewright.Images;

namespace Ptewright.Discovery;

/// <summary>What one pass over all memory found.</summary>
internal sealed class SweepFindings
{
    /// <summary>So much of a kind is kept: garbage may be full of it.</summary>
    public const int MostOfAKind = 64;

    /// <summary>So many entries of programs are kept.</summary>
    public const int MostEntries = 1 << 20;

    private const int MostTables = 1 << 20;
    private const int MostRuns = 1 << 20;

    private readonly List<ulong>[] _tables = [[], [], []];
    private readonly List<(ulong Start, ulong End)> _written = [];

    /// <summary>VMCOREINFO: where its text or note begins, and the text.</summary>
    public List<(PhysicalAddress At, string Text)> CoreInfos { get; } = [];

    /// <summary>Headers of kernel images.</summary>
    public List<ImageHeader> Headers { get; } = [];

    /// <summary>Where kernels say what they are.</summary>
    public List<PhysicalAddress> Banners { get; } = [];

    /// <summary>Words that lead to a table as Linux makes those of programs: where they lie, and what they are.</summary>
    public List<(ulong At, ulong Raw)> ProgramEntries { get; } = [];

    /// <summary>How many bytes were gone through.</summary>
    public ulong BytesRead { get; set; }

    /// <summary>How many bytes of holes there are.</summary>
    public ulong BytesOfHoles { get; set; }

    /// <summary>Pieces of memory with something in them, in chunks of 64 KiB; ascending.</summary>
    public IReadOnlyList<(ulong Start, ulong End)> Written => _written;

    /// <summary>Whether there are more possible tables than are kept.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Where tables above level 3 may lie, ascending.</summary>
    /// <param name="pageShift">log2 of their size: 12, 14 or 16.</param>
    public IReadOnlyList<ulong> Tables(int pageShift) => _tables[(pageShift - 12) / 2];

    /// <summary>Adds what was found in memory behind all that is in here.</summary>
    public void Add(SweepFindings next)
    {
        BytesRead += next.BytesRead;
        BytesOfHoles += next.BytesOfHoles;
        CoreInfos.AddRange(next.CoreInfos.Take(MostOfAKind - CoreInfos.Count));
        Headers.AddRange(next.Headers.Take(MostOfAKind - Headers.Count));
        Banners.AddRange(next.Banners.Take(MostOfAKind - Banners.Count));
        ProgramEntries.AddRange(next.ProgramEntries.Take(MostEntries - ProgramEntries.Count));
        for (int shift = 12; shift <= 16; shift += 2)
        {
            foreach (ulong table in next.Tables(shift))
            {
                AddTable(shift, table);
            }
        }

        foreach ((ulong start, ulong end) in next._written)
        {
            AddWritten(start, end);
        }
    }

    /// <summary>Adds a possible table.</summary>
    public void AddTable(int pageShift, ulong address)
    {
        List<ulong> tables = _tables[(pageShift - 12) / 2];
        if (tables.Count < MostTables)
        {
            tables.Add(address);
        }
        else
        {
            IsCut = true;
        }
    }

    /// <summary>Adds memory with something in it.</summary>
    public void AddWritten(ulong start, ulong end)
    {
        if (_written.Count > 0 && (_written[^1].End == start || _written.Count == MostRuns))
        {
            _written[^1] = (_written[^1].Start, end);
        }
        else
        {
            _written.Add((start, end));
        }
    }
}
