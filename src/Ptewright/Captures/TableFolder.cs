using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Kernels.Planning;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Texts;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Captures;

/// <summary>Tables in a folder, and nothing else of the memory that they lie in: what <c>map -o</c> built or <c>capture</c> found; small enough to hand around.</summary>
/// <remarks>
/// <para><c>tables.json</c> says what the pages are, <c>pages.bin.gz</c> holds them, <c>plan.json</c> says how they came to be where that is known. docs/table-folder.md describes the format.</para>
/// <para>Folders of version 1, when what was built and what was captured had a format each, are read as well.</para>
/// </remarks>
public sealed class TableFolder : SegmentedImage
{
    /// <summary>The version of the format that is written.</summary>
    public const int Version = 2;

    /// <summary>The file that says what the pages are.</summary>
    public const string TablesFile = "tables.json";

    /// <summary>The file with the table pages, in ascending order of their physical addresses.</summary>
    public const string PagesFile = "pages.bin.gz";

    /// <summary>The file with the steps that made them; only where they were built here.</summary>
    public const string PlanFile = "plan.json";

    private readonly NativeBlock? _pages;

    /// <summary>Opens a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="InvalidInputException">A file of it is damaged, or they do not belong together.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public TableFolder(string path)
    {
        Name = path;
        FolderDescription description = FolderDescription.Read(path);
        Source = description.Source;
        Registers = description.Registers;
        Kernel = description.Kernel;
        Steps = StepsOf(path, description);
        ulong bytes = description.Runs.Aggregate(0UL, (sum, run) => sum + run.Size);
        FolderPages.RefuseTooFew(description.PagesFile, bytes);
        try
        {
            AvailableMemory.Require($"{path}: reading it", bytes, "read it on a larger computer");
            _pages = NativeBlock.Take(bytes);
            FolderPages.Read(description, _pages, bytes);
            SetSegments(Placed(description.Runs, _pages));
            if (Kernel is not null)
            {
                RefuseOtherTables(description.File, Kernel, bytes);
            }

            OutputFolder.RefuseReplaced(description.File, description.Text, FolderText.MaxLength);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override ImageRegisters Registers { get; }

    /// <summary>What the tables are of, in words.</summary>
    public string Source { get; }

    /// <summary>What is known of tables that were built here; null for captured ones.</summary>
    public KernelTables? Kernel { get; }

    /// <summary>What made them, in order; nothing for captured ones.</summary>
    internal IReadOnlyList<PlanStep> Steps { get; }

    /// <summary>Writes the tables that the last build of a simulation left.</summary>
    /// <param name="folder">Where to: a new folder, or one that holds nothing but tables, which is replaced as a whole (<see cref="OutputFolder"/>).</param>
    /// <param name="machine">The machine.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="simulation">The simulation that built it.</param>
    /// <param name="progress">Told how far it is; may be null.</param>
    /// <param name="stop">Ends the work before anything is written, with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>How many bytes of tables there are.</returns>
    /// <exception cref="InvalidInputException">The root is not aligned to the page: the kernel's symbols are those of other pages. There are more tables than a folder holds, or there can be no such folder.</exception>
    /// <exception cref="IOException">Something cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Something may not be written.</exception>
    public static ulong Save(
        string folder,
        KernelMachine machine,
        KernelPlan plan,
        LinearMapSimulation simulation,
        IProgress<WorkProgress>? progress = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(simulation);
        if (!simulation.Root.IsAligned(plan.Geometry.PageSize))
        {
            throw new InvalidInputException($"Tables with a root at {simulation.Root}, which is not aligned to the page, are not saved.");
        }

        OutputFolder.Check(folder);
        KernelTables kernel = KernelTables.Of(plan, simulation);
        using SimulationImage image = new(simulation.Memory, KernelRegisters.Of(machine, plan, simulation.Root).ForImage());
        TablePages pages = new();
        foreach (TranslationRoot root in kernel.Roots())
        {
            pages.Collect(image, root, watch: new WorkWatch(progress, stop));
            RefuseTooMany(image, pages);
        }

        string source = $"{kernel.Profile} on {machine.Cpu.Name}, built by Ptewright";
        return TableFolderWriter.Write(
            folder, image, pages, FolderPages.Quick, new FolderDescription(Version, source, image.Registers, kernel, string.Empty, []), plan.Plan.Steps);
    }

    /// <summary>Captures the tables of both halves, as far as the registers say where they are.</summary>
    /// <param name="folder">Where to: a new folder, or one that holds nothing but tables, which is replaced as a whole (<see cref="OutputFolder"/>).</param>
    /// <param name="source">Where they lie.</param>
    /// <param name="registers">How they are read.</param>
    /// <param name="note">What they are captured from, in words.</param>
    /// <param name="progress">Told how far it is; may be null.</param>
    /// <param name="stop">Ends the work before anything is written, with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>How many bytes of tables there are.</returns>
    /// <exception cref="InvalidInputException">No half can be read, there are more tables than a folder holds, or there can be no such folder.</exception>
    /// <exception cref="IOException">Something cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Something may not be written.</exception>
    public static ulong Capture(
        string folder, MemoryImage source, ImageRegisters registers, string note, IProgress<WorkProgress>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(registers);
        OutputFolder.Check(folder);
        TablePages pages = new();
        foreach (AddressHalf half in new[] { AddressHalf.Upper, AddressHalf.Lower })
        {
            if (registers.Tcr is not null && (half == AddressHalf.Upper ? registers.Ttbr1 : registers.Ttbr0) is not null)
            {
                pages.Collect(source, TranslationRoot.Of(registers, half), watch: new WorkWatch(progress, stop));
                RefuseTooMany(source, pages);
            }
        }

        return pages.Bytes == 0
            ? throw TextFile.Error(source.Name, "there are no tables where the registers say")
            : TableFolderWriter.Write(folder, source, pages, FolderPages.Small, new FolderDescription(Version, note, registers, null, string.Empty, []));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _pages?.Dispose();

    private static void RefuseTooMany(MemoryImage source, TablePages pages)
    {
        if (pages.IsTooMany)
        {
            throw TextFile.Error(
                source.Name, $"it has more tables than the {FolderDescription.MaxBytes >> 30} GiB that a folder holds, or they lead to one another without end");
        }
    }

    // Pages that were built come with the plan, others without one.
    private static IReadOnlyList<PlanStep> StepsOf(string path, FolderDescription description)
    {
        string plan = Path.Combine(path, PlanFile);
        return description.Kernel is { } kernel ? FolderPlan.Read(plan, description.Version, kernel.Profile)
            : File.Exists(plan) ? throw TextFile.Error(description.File, $"it knows of no kernel, so {PlanFile} belongs to other tables")
            : [];
    }

    private static IEnumerable<(MemorySegment Segment, Place Place)> Placed(IReadOnlyList<MemorySegment> runs, NativeBlock pages)
    {
        ulong offset = 0;
        foreach (MemorySegment run in runs)
        {
            yield return (run, new Place(pages, offset));
            offset += run.Size;
        }
    }

    // The roots lead to every page once and to no other, and the digest is theirs.
    private void RefuseOtherTables(string file, KernelTables kernel, ulong bytes)
    {
        TablePages pages = new();
        foreach (TranslationRoot root in kernel.Roots())
        {
            // Entries are read as 64-bit words, and a root fills its page or an aligned part of it.
            ulong rootBytes = (ulong)kernel.Geometry.RootTableEntries * sizeof(ulong);
            if (!root.Table.IsAligned(rootBytes))
            {
                throw TextFile.Error(file, $"the root at {root.Table} is not aligned to its {rootBytes} bytes");
            }

            // In a tree there are no more tables than pages, however entries point.
            pages.Collect(this, root, (long)(bytes / kernel.Geometry.PageSize) + 1);
        }

        if (pages.Missing is { } missing)
        {
            throw TextFile.Error(file, $"there is no table page at {missing}, though an entry or a root leads there");
        }

        if (pages.Shared is { } shared)
        {
            throw TextFile.Error(file, $"two entries lead to the table page at {shared}, so the tables are no tree");
        }

        if (pages.Bytes != bytes || pages.IsTooMany)
        {
            throw TextFile.Error(file, $"its roots lead to {pages.Bytes} bytes of table pages, but it lists {bytes}");
        }

        if (BuiltTables.Digest(this, kernel.Roots().First(), out _) != kernel.Digest)
        {
            throw TextFile.Error(file, "its digest is not that of the tables");
        }
    }
}
