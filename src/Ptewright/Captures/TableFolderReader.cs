using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Kernels.Planning;
using Ptewright.LinearMap;
using Ptewright.Simulation;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Captures;

/// <summary>Reads the three files of a table folder, and believes none of them.</summary>
internal static class TableFolderReader
{
    private const int MaxJsonLength = 64 << 20;

    public static TableFolder Read(string folder)
    {
        string name = Path.Combine(folder, TableFolder.TablesFile);
        string text = TextFile.Read(name, MaxJsonLength);
        TablesJson json = Parse(name, text, TableFolderJson.Default.TablesJson);
        RefuseVersion(name, json.Version);
        string planName = Path.Combine(folder, TableFolder.PlanFile);
        PlanJson plan = Parse(planName, TextFile.Read(planName, MaxJsonLength), TableFolderJson.Default.PlanJson);
        RefuseVersion(planName, plan.Version);
        if (plan.Kernel != json.Kernel)
        {
            throw TextFile.Error(planName, $"it is the plan of {TextFile.Quote(plan.Kernel)}, but the tables are those of {TextFile.Quote(json.Kernel)}");
        }

        TableGeometry geometry = GeometryOf(name, json);
        OutputAddressFormat format = FormatOf(name, json, geometry);
        string pagesName = Path.Combine(folder, TableFolder.PagesFile);
        using FileStream file = new(pagesName, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        if (!file.CanSeek)
        {
            throw TextFile.Error(pagesName, "it is no ordinary file");
        }

        TableRun[] runs = RunsOf(name, json, geometry.PageSize, pagesName, (ulong)file.Length);
        PhysicalAddress root = new(Hex(name, "root", json.Root));
        PhysicalAddress? identity = json.IdentityRoot is { } other ? new PhysicalAddress(Hex(name, "identityRoot", other)) : null;
        PhysicalAddress start = new(Hex(name, "memstart", json.Memstart));
        TableDigest digest = DigestOf(name, json.Digest);
        KernelRegisters registers = new(
            Hex(name, "ttbr0", json.Registers.Ttbr0),
            Hex(name, "ttbr1", json.Registers.Ttbr1),
            Hex(name, "tcr", json.Registers.Tcr),
            Hex(name, "mair", json.Registers.Mair));
        PlanStep[] steps = [.. plan.Steps.Select((step, index) => StepOf(planName, step, index))];

        // From here on memory outside the garbage collector's is held.
        TableFolder? loaded = new(name, geometry, format, runs)
        {
            Kernel = json.Kernel,
            Root = root,
            IdentityRoot = identity,
            MemoryStart = start,
            Registers = registers,
            Steps = steps,
            Digest = digest,
        };
        try
        {
            file.ReadExactly(loaded.Bytes);
            RefuseOtherPages(name, pagesName, json, loaded);
            OutputFolder.RefuseReplaced(name, text, MaxJsonLength);
            TableFolder whole = loaded;
            loaded = null;
            return whole;
        }
        finally
        {
            loaded?.Dispose();
        }
    }

    private static T Parse<T>(string path, string text, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(text, type) ?? throw TextFile.Error(path, "it holds nothing");
        }
        catch (JsonException problem)
        {
            string place = problem.Path is { Length: > 0 } found ? $" at {found}" : string.Empty;
            throw TextFile.Error(path, (int)(problem.LineNumber ?? 0) + 1, $"it is not the JSON of a table folder{place}");
        }
    }

    private static void RefuseVersion(string name, int version)
    {
        if (version != TableFolder.Version)
        {
            throw TextFile.Error(name, $"it has version {version} of the format, and only version {TableFolder.Version} is read");
        }
    }

    private static TableGeometry GeometryOf(string name, TablesJson json)
    {
        GranuleSize granule = json.Granule switch
        {
            "4K" => GranuleSize.Size4K,
            "16K" => GranuleSize.Size16K,
            "64K" => GranuleSize.Size64K,
            _ => throw TextFile.Error(name, $"granule {TextFile.Quote(json.Granule)} is none of 4K, 16K and 64K"),
        };
        return TableGeometry.TryCreate(granule, json.VaBits, json.ActualVaBits, out TableGeometry geometry)
            ? geometry
            : throw TextFile.Error(name, $"there are no {json.VaBits}-bit virtual addresses, {json.ActualVaBits} of them in use, with {json.Granule} pages");
    }

    private static OutputAddressFormat FormatOf(string name, TablesJson json, TableGeometry geometry)
    {
        OutputAddressFormat[] formats = [OutputAddressFormat.Bits48(geometry.Granule), OutputAddressFormat.Bits52(geometry.Granule)];
        int index = Array.FindIndex(formats, format => TableFolder.NameOf(format) == json.AddressFormat);
        return index >= 0
            ? formats[index]
            : throw TextFile.Error(
                name, $"address format {TextFile.Quote(json.AddressFormat)} is none of {string.Join(" and ", formats.Select(TableFolder.NameOf))} that {json.Granule} pages have");
    }

    // Runs are ascending, do not touch the same page twice, and fill the file from its beginning to its end.
    private static TableRun[] RunsOf(string name, TablesJson json, ulong pageSize, string pagesName, ulong length)
    {
        TableRun[] runs = new TableRun[json.Runs.Count];
        ulong offset = 0;
        ulong end = 0;
        for (int i = 0; i < runs.Length; i++)
        {
            RunJson run = json.Runs[i] ?? throw TextFile.Error(name, $"run {i + 1} is null");
            ulong address = Hex(name, $"the address of run {i + 1}", run.Address);
            ulong left = length - offset;
            if (run.Pages <= 0 || address % pageSize != 0 || address < end || address >> 52 != 0 || run.Offset != offset || (ulong)run.Pages > left / pageSize)
            {
                throw TextFile.Error(
                    name, $"run {i + 1} of {run.Pages} pages at {TextFile.Quote(run.Address)} and offset {run.Offset} does not fit behind the one before in {length} bytes of {pagesName}");
            }

            runs[i] = new TableRun(new PhysicalAddress(address), offset, run.Pages);
            offset += (ulong)run.Pages * pageSize;
            end = address + ((ulong)run.Pages * pageSize);
        }

        return runs.Length == 0 ? throw TextFile.Error(name, "it lists no table pages")
            : length > int.MaxValue ? throw TextFile.Error(pagesName, $"it has {length} bytes, more than the {int.MaxValue} that are read")
            : offset == length ? runs
            : throw TextFile.Error(pagesName, $"it has {length} bytes, but the table pages are {offset}");
    }

    private static void RefuseOtherPages(string name, string pagesName, TablesJson json, TableFolder loaded)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(loaded.Bytes));
        if (hash != json.Sha256)
        {
            throw TextFile.Error(pagesName, "its SHA-256 is not the one that tables.json has, so it is damaged or belongs to another folder");
        }

        TableTree<TableFolder.FolderMemory> tree = loaded.Tree();
        HashSet<ulong> pages = [];
        Collect(loaded.Root);
        if (TableDigest.Compute(ref tree, loaded.Root, out _) != loaded.Digest)
        {
            throw TextFile.Error(name, "its digest is not that of the tables");
        }

        if (loaded.IdentityRoot is { } identity)
        {
            Collect(identity);
        }

        if (pages.Count != loaded.PageCount)
        {
            throw TextFile.Error(name, $"its roots lead to {pages.Count} table pages, but it lists {loaded.PageCount}");
        }

        void Collect(PhysicalAddress root)
        {
            // Entries are read as 64-bit words, and a root fills its page or an aligned part of it.
            ulong rootBytes = (ulong)loaded.Geometry.RootTableEntries * sizeof(ulong);
            if (!root.IsAligned(rootBytes))
            {
                throw TextFile.Error(name, $"the root at {root} is not aligned to its {rootBytes} bytes");
            }

            if (TablePages.Collect(ref tree, root, pages) is { } shared)
            {
                throw TextFile.Error(name, $"two entries lead to the table page at {shared}, so the tables are no tree");
            }
        }
    }

    private static PlanStep StepOf(string name, StepJson? step, int index)
    {
        string place = $"step {index + 1}";
        if (step is null)
        {
            throw TextFile.Error(name, $"{place} is null");
        }

        PlanStepKind kind = NameIn<PlanStepKind>(name, $"the kind of {place}", step.Kind);
        if (kind != PlanStepKind.Map)
        {
            return new PlanStep(kind, step.Phase);
        }

        MapFlags flags = MapFlags.None;
        foreach (string flag in step.Flags ?? [])
        {
            flags |= NameIn<MapFlags>(name, $"a flag of {place}", flag);
        }

        MapRequest request = new(
            new PhysicalAddress(Hex(name, $"the physical address of {place}", step.Physical)),
            new VirtualAddress(Hex(name, $"the virtual address of {place}", step.Virtual)),
            Hex(name, $"the size of {place}", step.Size),
            new Protection(Hex(name, $"the protection of {place}", step.Protection)),
            flags);
        return new PlanStep(kind, step.Phase, request, NameIn<PlanRoot>(name, $"the root of {place}", step.Root));
    }

    private static T NameIn<T>(string file, string what, string? name)
        where T : struct, Enum
    {
        T[] values = Enum.GetValues<T>();
        int index = Array.FindIndex(values, value => TableFolder.NameOf(value) == name);
        return index >= 0
            ? values[index]
            : throw TextFile.Error(file, $"{what} is {TextFile.Quote(name ?? "missing")}, which is none of {string.Join(", ", values.Select(TableFolder.NameOf))}");
    }

    private static ulong Hex(string file, string what, string? text) =>
        text is ['0', 'x', .. string digits] && ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
            ? value
            : throw TextFile.Error(file, $"{what} is {TextFile.Quote(text ?? "missing")}, not a hexadecimal number with 0x");

    private static TableDigest DigestOf(string file, string text) =>
        text.Length == 32
        && ulong.TryParse(text.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong high)
        && ulong.TryParse(text.AsSpan(16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong low)
            ? new TableDigest(high, low)
            : throw TextFile.Error(file, $"digest {TextFile.Quote(text)} does not have 32 hexadecimal digits");
}
