using System.Numerics;
using System.Runtime.InteropServices;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Discovery;

/// <summary>The roots of programs' tables, as far as memory shows them.</summary>
/// <remarks>
/// What a program's tables map is not global and in part for EL0, and since Linux 5.13 their entries above the last level have PXNTable. A root may be smaller than a page (<c>pgd_alloc</c> in
/// <c>arch/arm64/mm/pgd.c</c>): then it is the place that a table of the next level is led to from. Whether one is in use, a word tells that holds its address in the linear map, as the field
/// <c>pgd</c> of its <c>mm_struct</c> does.
/// </remarks>
internal sealed unsafe class ProgramRoots
{
    private const int Most = 1 << 12;
    private const int MostVisits = 1 << 12;
    private const int Chunk = MemoryReader.MostBytes;

    private readonly MemoryImage _image;
    private readonly EvaluatedRoot _kernel;
    private readonly SweepFindings _found;
    private readonly WorkWatch _watch;
    private readonly SortedDictionary<ulong, ulong> _roots = [];

    private ProgramRoots(MemoryImage image, EvaluatedRoot kernel, SweepFindings found, WorkWatch watch)
    {
        _image = image;
        _kernel = kernel;
        _found = found;
        _watch = watch;
    }

    private RootShape Shape => _kernel.Shape;

    /// <summary>Finds them.</summary>
    /// <param name="image">The source.</param>
    /// <param name="kernel">The kernel whose programs they are.</param>
    /// <param name="candidates">Pages that may be roots.</param>
    /// <param name="found">What a pass over memory found.</param>
    /// <param name="watch">Who is told of the work, and may end it.</param>
    /// <returns>Those in use first.</returns>
    public static IReadOnlyList<FoundRoot> Find(MemoryImage image, EvaluatedRoot kernel, RootCandidates candidates, SweepFindings found, WorkWatch watch)
    {
        ProgramRoots programs = new(image, kernel, found, watch);
        (PhysicalAddress Page, int PageShift, bool IsLedTo)[] tables = [.. candidates.Programs.Where(page => page.PageShift == (int)kernel.Shape.Granule)];
        if (kernel.Shape.Tree.RootEntries * sizeof(ulong) == kernel.Shape.PageBytes)
        {
            programs.Whole(tables.Where(page => !page.IsLedTo).Select(page => page.Page)
                .Concat(candidates.Kernels.Where(page => !page.IsLedTo && page.Shape == kernel.Shape && page.Page != kernel.Page).Select(page => page.Page)));
        }
        else
        {
            programs.Parts([.. tables.Select(page => page.Page.Value)], [.. tables.Where(page => page.IsLedTo).Select(page => page.Page.Value)]);
        }

        return programs._roots.Count == 0 ? [] : programs.Describe();
    }

    private void Whole(IEnumerable<PhysicalAddress> pages)
    {
        foreach (PhysicalAddress page in pages.Take(Most))
        {
            Add(page);
        }
    }

    // Roots that are a part of a page, to which nothing leads: what leads to the tables below them.
    private void Parts(HashSet<ulong> tables, HashSet<ulong> ledTo)
    {
        ulong bytes = (ulong)Shape.Tree.RootEntries * sizeof(ulong);
        ulong page = (ulong)Shape.PageBytes;
        foreach ((ulong at, ulong raw) in _found.ProgramEntries)
        {
            ulong root = at & ~(bytes - 1);
            if (!ledTo.Contains(at & ~(page - 1)) && tables.Contains(Shape.Format.Decode(new Descriptor(raw)).Value) && !_roots.ContainsKey(root) && _roots.Count < Most)
            {
                Add(new PhysicalAddress(root));
            }
        }
    }

    private void Add(PhysicalAddress root)
    {
        UserSink sink = new();
        TranslationRoot lower = TranslationRoot.Of(
            new ImageRegisters(
                Ttbr0: TranslationTableBase.Encode(root),
                Tcr: default(TranslationControl).WithHalf(AddressHalf.Lower, Shape.Granule, Shape.InputBits).WithOutput(TranslationControl.AddressSize52, Shape.IsLpa2).Value),
            AddressHalf.Lower);
        TableScanner scan = TableScanner.Scan(_image, lower, sink, default, new VirtualAddress((1UL << Shape.InputBits) - 1), MostVisits, stop: _watch.Stop);
        if (scan.Problems == 0 && !sink.HasKernel && sink.Bytes > 0)
        {
            _roots[root.Value] = sink.Bytes;
        }
    }

    private FoundRoot[] Describe()
    {
        Dictionary<ulong, int> pointers = [];
        ulong distance = _kernel.Proof.LinearDistance!.Value;
        foreach (ulong root in _roots.Keys)
        {
            pointers[root + distance] = 0;
        }

        Count(pointers, _roots.Keys.First() + distance, _roots.Keys.Last() + distance);
        return
        [
            .. _roots.OrderByDescending(root => Math.Min(pointers[root.Key + distance], 1)).ThenBy(root => root.Key).Select(root => new FoundRoot(
                RootKind.Program,
                new PhysicalAddress(root.Key),
                KnownBy.Tables,
                $"programs may reach {root.Value >> 10} KiB through it; {(pointers[root.Key + distance] == 0 ? "no word of memory holds its address, so it was given back" : "its address is in memory, as mm_struct has it, so it is in use")}")),
        ];
    }

    // How often words of memory are one of the addresses, all of which lie from the first to the last.
    private void Count(Dictionary<ulong, int> pointers, ulong first, ulong last)
    {
        using MemoryReader reader = _image.OpenSweep();
        Vector<ulong> low = new(first);
        Vector<ulong> span = new(last - first);
        int pieces = 0;
        foreach ((ulong start, ulong end) in _found.Written)
        {
            for (ulong at = start; at < end; at = (at | (Chunk - 1)) + 1)
            {
                if ((pieces++ & 0xff) == 0)
                {
                    _watch.Report("MiB searched for programs", (long)(at >> 20));
                }

                int bytes = (int)(Math.Min((at | (Chunk - 1)) + 1, end) - at);
                byte* window = reader.Reach(new PhysicalAddress(at), bytes, out MemoryPresence presence);
                if (window != null)
                {
                    Count(new ReadOnlySpan<ulong>(window, bytes / sizeof(ulong)));
                }
                else if (presence != MemoryPresence.Present)
                {
                    for (int page = 0; page < bytes; page += PageKinds.PageBytes)
                    {
                        window = reader.Reach(new PhysicalAddress(at + (ulong)page), PageKinds.PageBytes, out _);
                        Count(window == null ? default : new ReadOnlySpan<ulong>(window, PageKinds.PageBytes / sizeof(ulong)));
                    }
                }
            }
        }

        GC.KeepAlive(reader);

        void Count(ReadOnlySpan<ulong> words)
        {
            ReadOnlySpan<Vector<ulong>> vectors = MemoryMarshal.Cast<ulong, Vector<ulong>>(words);
            for (int i = 0; i < vectors.Length; i++)
            {
                if (Vector.LessThanOrEqualAny(vectors[i] - low, span))
                {
                    foreach (ulong word in words.Slice(i * Vector<ulong>.Count, Vector<ulong>.Count))
                    {
                        ref int count = ref CollectionsMarshal.GetValueRefOrNullRef(pointers, word);
                        if (!System.Runtime.CompilerServices.Unsafe.IsNullRef(ref count))
                        {
                            count++;
                        }
                    }
                }
            }
        }
    }

    private sealed class UserSink : IRangeSink
    {
        public ulong Bytes { get; private set; }

        public bool HasKernel { get; private set; }

        public void OnRange(in MappedRange range)
        {
            Bytes += range.Attributes.IsUser || range.Attributes.IsUserExecutable ? range.Size : 0;

            // A page that is there but that the program may not touch just now is its own too: it is not global.
            HasKernel |= !range.Attributes.IsNotGlobal;
        }

        public void OnProblem(TableProblem problem)
        {
        }
    }
}
