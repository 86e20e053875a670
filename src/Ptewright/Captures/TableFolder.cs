using System.Text.Json;
using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Kernels.Planning;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Captures;

/// <summary>Built tables in a folder of three files: <c>tables.bin</c> (the pages), <c>tables.json</c> (what they are), <c>plan.json</c> (how they came to be).</summary>
/// <remarks>docs/table-folder.md describes the format.</remarks>
public sealed unsafe class TableFolder : IDisposable
{
    /// <summary>The version of the format.</summary>
    public const int Version = 1;

    /// <summary>The file with the table pages, in ascending order of their physical addresses.</summary>
    public const string PagesFile = "tables.bin";

    /// <summary>The file that says what the pages are.</summary>
    public const string TablesFile = "tables.json";

    /// <summary>The file with the steps that made them.</summary>
    public const string PlanFile = "plan.json";

    private readonly string _name;
    private readonly TableRun[] _runs;
    private readonly NativeBlock _pages;

    // What is taken here is given back by Dispose, also when the reader finds something wrong.
    internal TableFolder(string name, TableGeometry geometry, OutputAddressFormat format, TableRun[] runs)
    {
        _name = name;
        Geometry = geometry;
        Format = format;
        _runs = runs;
        PageCount = runs.Sum(run => run.Pages);

        // Aligned to the page, because a folded root is found by aligning a pointer down.
        _pages = NativeBlock.Take((ulong)PageCount * geometry.PageSize, geometry.PageSize);
    }

    /// <summary>The kernel profile's name.</summary>
    public required string Kernel { get; init; }

    /// <summary>The shape of the tables.</summary>
    public TableGeometry Geometry { get; }

    /// <summary>The address format of descriptors.</summary>
    public OutputAddressFormat Format { get; }

    /// <summary>Where the kernel's root lies.</summary>
    public required PhysicalAddress Root { get; init; }

    /// <summary>Where the identity map's root lies, if the plan makes one.</summary>
    public PhysicalAddress? IdentityRoot { get; init; }

    /// <summary>The physical address at the start of the linear map; may wrap below 0. Linux: <c>memstart_addr</c>.</summary>
    public required PhysicalAddress MemoryStart { get; init; }

    /// <summary>The registers that say how the tables are read.</summary>
    public required KernelRegisters Registers { get; init; }

    /// <summary>What was done, in order.</summary>
    public required IReadOnlyList<PlanStep> Steps { get; init; }

    /// <summary>The digest of the tables below <see cref="Root"/>.</summary>
    public required TableDigest Digest { get; init; }

    /// <summary>How many table pages there are, those of the identity map included.</summary>
    public int PageCount { get; }

    /// <summary>Where they lie, ascending.</summary>
    public IReadOnlyList<TableRun> Runs => _runs;

    internal static MapFlags[] Flags { get; } = [MapFlags.NoBlock, MapFlags.NoContiguous, MapFlags.NoExec];

    internal NativeBlock Block => _pages;

    internal Span<byte> Bytes => _pages.Span(0, checked(PageCount * (int)Geometry.PageSize));

    /// <summary>Writes the tables that the last build of a simulation left.</summary>
    /// <param name="folder">Where to: a new folder, or one that holds nothing but tables, which is replaced as a whole (<see cref="OutputFolder"/>).</param>
    /// <param name="machine">The machine.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="simulation">The simulation that built it.</param>
    /// <exception cref="InvalidInputException">The root is not aligned to the page: the kernel's symbols are those of other pages. Or there can be no such folder.</exception>
    /// <exception cref="IOException">Something cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Something may not be written.</exception>
    public static void Save(string folder, KernelMachine machine, KernelPlan plan, LinearMapSimulation simulation) =>
        TableFolderWriter.Write(folder, machine, plan, simulation);

    /// <summary>Reads a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InvalidInputException">A file is damaged, or they do not belong together.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static TableFolder Load(string folder) => TableFolderReader.Read(folder);

    /// <summary>The bytes of a table page.</summary>
    /// <param name="page">Its address, a multiple of the page size.</param>
    /// <exception cref="InvalidInputException">The folder has no such page.</exception>
    public ReadOnlySpan<byte> Page(PhysicalAddress page) => new(At(page), (int)Geometry.PageSize);

    /// <summary>Every leaf below <see cref="Root"/>, in ascending order of address.</summary>
    public IReadOnlyList<Leaf> Leaves()
    {
        TableTree<FolderMemory> tree = Tree();
        return LeafEnumerator.LeavesOf(ref tree, Root);
    }

    /// <inheritdoc/>
    public void Dispose() => _pages.Dispose();

    internal TableTree<FolderMemory> Tree() => new(new FolderMemory(this), Geometry, Format);

    internal byte* At(PhysicalAddress address)
    {
        byte* pages = _pages.Pointer;
        int low = 0;
        int high = _runs.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            TableRun run = _runs[middle];
            if (address < run.Address)
            {
                high = middle - 1;
            }
            else if (address.Value - run.Address.Value >= (ulong)run.Pages * Geometry.PageSize)
            {
                low = middle + 1;
            }
            else
            {
                return pages + run.Offset + (address.Value - run.Address.Value);
            }
        }

        throw new InvalidInputException($"{_name}: there is no table page at {address}, though an entry or a root leads there.");
    }

    internal static string NameOf(OutputAddressFormat format) => format.IsLpa2 ? "LPA2" : format.AddressBits == 52 ? "LPA" : "48-bit";

    internal static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    /// <summary>The engine's view of a folder.</summary>
    internal readonly struct FolderMemory(TableFolder folder) : IPhysicalMemory
    {
        /// <inheritdoc/>
        public void* At(PhysicalAddress address) => folder.At(address);

        /// <inheritdoc/>
        public void* Through(VirtualAddress window, PhysicalAddress address) => folder.At(address);
    }
}
