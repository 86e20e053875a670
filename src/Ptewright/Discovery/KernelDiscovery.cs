using System.Runtime.InteropServices;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Discovery;

/// <summary>Finds the kernel in memory: its root table, how its tables are read, where it lies.</summary>
/// <remarks>
/// What the source says itself, VMCOREINFO, the kernel's own symbols and the shape of pages name roots; which of them is a kernel's the tables below it decide (<see cref="FoundKernel.IsProven"/>). So VMCOREINFO that an
/// earlier kernel left is not believed, and where nothing is proven nothing is said to be found. docs/inspect.md has the rules and what they were measured with.
/// </remarks>
public sealed class KernelDiscovery
{
    // Garbage may be full of pages that look like roots.
    private const int MostLikely = 1 << 10;
    private const int MostOthers = 1 << 8;

    // A crashed kernel and the one that dumps it are two; pages of files may have more.
    private const int MostImages = 8;

    private readonly MemoryImage _image;
    private readonly DiscoveryMethods _methods;
    private readonly WorkWatch _watch;
    private readonly MemoryRanges _memory;
    private readonly List<EvaluatedRoot> _evaluated = [];
    private readonly List<string> _tried = [];
    private SweepFindings? _found;

    private KernelDiscovery(MemoryImage image, DiscoveryMethods methods, WorkWatch watch)
    {
        _image = image;
        _methods = methods;
        _watch = watch;
        _memory = new MemoryRanges(image.Segments);
    }

    /// <summary>Finds the kernels of a source.</summary>
    /// <param name="image">The source.</param>
    /// <param name="methods">What may be asked.</param>
    /// <param name="searches">Whether all of its memory may be gone through; what that would find is not found otherwise.</param>
    /// <param name="progress">Told how far it is; may be null.</param>
    /// <param name="stop">Ends the work, with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="InvalidInputException">The source cannot be read any more.</exception>
    public static DiscoveryResult Find(
        MemoryImage image,
        DiscoveryMethods methods = DiscoveryMethods.All,
        bool searches = true,
        IProgress<WorkProgress>? progress = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return new KernelDiscovery(image, methods, new WorkWatch(progress, stop)).Run(searches);
    }

    /// <summary>The memory types that a kernel of some release chooses at boot.</summary>
    /// <param name="release">The release; null when it is not known.</param>
    /// <returns>Null when no profile is near.</returns>
    internal static ulong? UsualMair(string? release) => KernelDescription.Match(release)?.Profile.Facts.MairAtBoot;

    private DiscoveryResult Run(bool searches)
    {
        List<NamedRoot> named = [.. NamedRoot.OfSource(_image, _methods)];
        _tried.Add(named.Count > 0 ? $"The source itself names a root: {named[0].Where}." : "The source itself says nothing: no registers, no VMCOREINFO note.");
        if (searches && (_methods & (DiscoveryMethods.Text | DiscoveryMethods.Symbols | DiscoveryMethods.Tables)) != 0)
        {
            _found = MemorySweep.Run(_image, _memory, _watch);
            SayWhatWasFound(_found);
            if (_methods.HasFlag(DiscoveryMethods.Text))
            {
                named.AddRange(NamedRoot.OfMemory(_found));
            }
        }

        foreach (NamedRoot root in named)
        {
            Evaluate(root);
        }

        if (_found is not null && _methods.HasFlag(DiscoveryMethods.Symbols))
        {
            EvaluateSymbols(_found);
        }

        IReadOnlyList<FoundRoot> programs = [];
        if (_found is not null && _methods.HasFlag(DiscoveryMethods.Tables))
        {
            RootCandidates candidates = RootCandidates.Find(_image, _found, _memory, _watch);
            Evaluate(candidates.Kernels);
            if (_methods.HasFlag(DiscoveryMethods.Programs) && _evaluated.Where(root => root.Proof.IsProven).MaxBy(root => root.Score) is { } kernel)
            {
                programs = ProgramRoots.Find(_image, kernel, candidates, _found, _watch);
            }
        }

        return Conclude(programs);
    }

    private void SayWhatWasFound(SweepFindings found)
    {
        _tried.Add($"{found.BytesRead >> 20} MiB of memory were searched{(found.BytesOfHoles > 0 ? $" and {found.BytesOfHoles >> 20} MiB of holes passed over" : string.Empty)}.");
        if (_methods.HasFlag(DiscoveryMethods.Text))
        {
            _tried.Add(found.CoreInfos.Count == 0 ? "No VMCOREINFO lies in it." : $"VMCOREINFO lies in it at {Places(found.CoreInfos.Select(info => info.At))}.");
        }

        _tried.Add(found.Headers.Count == 0 ? "No header of a kernel image lies in it." : $"Headers of kernel images lie in it at {Places(found.Headers.Select(header => header.At))}.");
        _tried.Add(found.Banners.Count == 0 ? "No kernel's banner lies in it." : $"A kernel's banner lies in it at {Places(found.Banners)}.");
    }

    private static string Places(IEnumerable<PhysicalAddress> places)
    {
        PhysicalAddress[] all = [.. places];
        const int Shown = 4;
        return string.Join(", ", all.Take(Shown)) + (all.Length > Shown ? $" and {all.Length - Shown} more places" : string.Empty);
    }

    private void Evaluate(NamedRoot named)
    {
        if (named.Registers is not { Ttbr1: not null, Tcr: not null })
        {
            _tried.Add($"{Begin(named.Where)} does not say enough: root and size of addresses are needed.");
            return;
        }

        try
        {
            if (_evaluated.FirstOrDefault(root => root.IsSameAs(named.Registers)) is { } same)
            {
                same.Named.Add(named);
                return;
            }

            EvaluatedRoot root = Evaluate(named.Registers);
            root.Named.Add(named);
            if (!root.Proof.IsProven)
            {
                _tried.Add($"{Begin(named.Where)} names the root {root.Table}, which the tables do not bear out: {root.Objection}.");
            }
        }
        catch (InvalidInputException impossible)
        {
            _tried.Add($"{Begin(named.Where)} cannot be right: {impossible.Message}");
        }
    }

    // Of each image that has symbols, the root is read in each way that its page and the image's header allow, the one with most addresses first.
    private void EvaluateSymbols(SweepFindings found)
    {
        foreach (ImageHeader header in found.Headers.Take(MostImages))
        {
            _watch.Report("images read", _evaluated.Count);
            if (ImageSymbols.Read(_image, header, _watch.Stop) is not { } symbols || symbols.Find("swapper_pg_dir") is not { } page)
            {
                _tried.Add($"The image at {header.At} has no table of symbols that can be read and has the root table in it.");
                continue;
            }

            string where = $"the symbols of the image at {header.At}";
            if (!Evaluate(header, symbols, page, where))
            {
                _tried.Add($"{Begin(where)} name the root {page}, which the tables do not bear out.");
            }
        }
    }

    private bool Evaluate(ImageHeader header, ImageSymbols symbols, PhysicalAddress page, string where)
    {
        if (_evaluated.Find(root => root.Page == page && root.Proof.IsProven) is { } known)
        {
            known.Named.Add(new NamedRoot(known.Registers, KnownBy.Symbols, where, Symbols: symbols));
            return true;
        }

        foreach (RootShape shape in RootShape.All.Where(shape => header.Granule is not { } granule || shape.Granule == granule))
        {
            ulong[] entries = new ulong[shape.PageBytes / sizeof(ulong)];
            if (page.IsAligned((ulong)shape.PageBytes) && _image.TryRead(page, MemoryMarshal.AsBytes(entries.AsSpan())) && shape.Fits(entries, _memory)
                && !_evaluated.Exists(root => root.Page == page && root.Shape == shape) && Evaluate(shape.Registers(page)) is { Proof.IsProven: true } root)
            {
                root.Named.Add(new NamedRoot(root.Registers, KnownBy.Symbols, where, Symbols: symbols));
                return true;
            }
        }

        return false;
    }

    private EvaluatedRoot Evaluate(ImageRegisters registers)
    {
        _watch.Report("trees read", _evaluated.Count);
        TreeProof proof = TreeProof.Of(_image, registers, _memory, _found?.Written, _watch.Stop);
        RootShape shape = RootShape.Of(proof.Tree.Root);
        EvaluatedRoot root = new(registers, shape, proof, [])
        {
            Beside = proof.HasRoot ? KernelRoots.Beside(_image, proof.Tree.Root.Table - shape.Offset, shape, _memory, _watch.Stop) : [],
        };
        _evaluated.Add(root);
        return root;
    }

    // Such that lie in an image, then such that nothing leads to; the others when these are none.
    private void Evaluate(List<RootCandidate> candidates)
    {
        RootCandidate[] inImage = [.. candidates.Where(candidate => _found!.Headers.Exists(header => candidate.Page.Value - header.At.Value < header.Size))];
        RootCandidate[] likely = [.. inImage.Concat(candidates.Where(candidate => !candidate.IsLedTo)).Distinct()];
        int read = EvaluateAll(likely, MostLikely);
        if (!_evaluated.Exists(root => root.Proof.IsProven))
        {
            read += EvaluateAll(candidates.Except(likely), MostOthers);
        }

        int proven = _evaluated.Count(root => root.Proof.IsProven);
        _tried.Add($"{candidates.Count} pages may be a kernel's root by their shape, and {read} were looked into; {(proven == 0 ? "none" : proven == 1 ? "one" : proven)} of all roots that are known now {(proven > 1 ? "are kernels'" : "is a kernel's")}.");
    }

    private int EvaluateAll(IEnumerable<RootCandidate> candidates, int most)
    {
        int read = 0;
        foreach (RootCandidate candidate in candidates)
        {
            ImageRegisters registers = candidate.Shape.Registers(candidate.Page);
            if (read < most && !_evaluated.Exists(root => root.Page == candidate.Page && root.Shape == candidate.Shape))
            {
                read++;
                EvaluatedRoot root = Evaluate(registers);

                // Of what maps nothing to speak of nothing is kept, unless it may be a root of a kernel's first moments.
                if (root.Proof.LinearDistance is null && !(root.Proof.IsClean && _found!.Headers.Exists(header => candidate.Page.Value - header.At.Value < header.Size)))
                {
                    _ = _evaluated.Remove(root);
                }
            }
        }

        return read;
    }

    private DiscoveryResult Conclude(IReadOnlyList<FoundRoot> programs)
    {
        foreach (EvaluatedRoot root in _evaluated)
        {
            root.IsPart = _evaluated.Exists(other => !ReferenceEquals(other, root) && other.Proof is { LinearDistance: not null, IsClean: true } && other.Proof.Tree.UpperTables.Contains(root.Table.Value));
        }

        // A subtree of a proven kernel's tables is no second one.
        EvaluatedRoot[] proven = [.. _evaluated.Where(root => root.Proof.IsProven)];
        proven = [.. proven.Where(root => !proven.Any(other => !ReferenceEquals(other, root) && other.Proof.Tree.UpperTables.Contains(root.Table.Value)))];
        EvaluatedRoot[] kernels = [.. _evaluated.Where(root => proven.Contains(root) || root.Named.Exists(named => named.By == KnownBy.Registers))];
        EvaluatedRoot[] early = [.. _evaluated.Where(root => proven.Any(kernel => IsEarly(root, kernel)))];
        EvaluatedRoot[] others = [.. _evaluated.Except(kernels).Except(early).Where(root => root.Named.Count > 0 || root is { Proof.LinearDistance: not null, Proof.IsClean: true, IsPart: false })];
        KernelDescription words = new(_image);
        return new DiscoveryResult(
            Ranked(kernels, root => words.Describe(root, early.Where(candidate => IsEarly(candidate, root)))),
            Ranked(others, root => words.Describe(root, [])),
            programs,
            _tried,
            _found?.BytesRead ?? 0,
            _found?.BytesOfHoles ?? 0);
    }

    private static FoundKernel[] Ranked(EvaluatedRoot[] roots, Func<EvaluatedRoot, FoundKernel> describe) =>
        [.. roots.Select(describe).OrderByDescending(kernel => kernel.Score).ThenBy(kernel => kernel.Root.Table.Value)];

    private static bool IsEarly(EvaluatedRoot root, EvaluatedRoot kernel) =>
        !ReferenceEquals(root, kernel) && kernel.Proof.MapsInImage(root.Table.Value) && root.Shape == kernel.Shape
        && root.Proof.Tree.Distances.Count > 0 && root.Proof.Tree.Distances.MaxBy(entry => entry.Value.Bytes).Key == kernel.Proof.ImageDistance;

    private static string Begin(string words) => char.ToUpperInvariant(words[0]) + words[1..];
}
