namespace Ptewright.Texts;

/// <summary>How sentences of the library name what its caller could give besides.</summary>
/// <remarks>How it is given differs: a property, an option, a field of a form. Who writes these sentences for the users of a tool puts the tool's own names in the place of these words;
/// so each is a clause that stands for one input alone.</remarks>
internal static class InputWords
{
    /// <summary>The register TTBR0_EL1.</summary>
    public const string Ttbr0 = "give TTBR0_EL1 by hand";

    /// <summary>The register TTBR1_EL1.</summary>
    public const string Ttbr1 = "give TTBR1_EL1 by hand";

    /// <summary>The register TCR_EL1.</summary>
    public const string Tcr = "give TCR_EL1 by hand";

    /// <summary>The size of virtual addresses, whose number follows.</summary>
    public const string AddressSize = "give the size of addresses,";

    /// <summary>Which kernel it is.</summary>
    public const string Profile = "name a profile for it";

    /// <summary>The granule and the size of addresses, by the configuration or by themselves.</summary>
    public const string Configuration = "give its configuration, or the granule and the size of addresses";

    /// <summary>Which CPU it is.</summary>
    public const string Cpu = "none of the models that are known";

    /// <summary>The random number of KASLR.</summary>
    public const string KaslrSeed = "give the seed of KASLR";

    /// <summary>A command line that switches KASLR off.</summary>
    public const string WithoutKaslr = "take the command line nokaslr";

    /// <summary>Memory as a kernel's resources have it.</summary>
    public const string Iomem = "/proc/iomem tells it";

    /// <summary>Memory as a device tree has it.</summary>
    public const string DeviceTree = "a device tree does";

    /// <summary>The sizes of memory that a file leaves out.</summary>
    public const string MemorySizes = "give the sizes by hand beside it";

    /// <summary>The strategy from before the series.</summary>
    public const string Baseline = "take the strategy baseline";

    /// <summary>Tables that were written to files.</summary>
    public const string TableFolder = "a folder of tables";

    /// <summary>Memory whose tables can be walked.</summary>
    public const string Source = "memory to walk";

    /// <summary>A kernel's symbols, at the beginning of a sentence.</summary>
    public const string NoSymbols = "Without the kernel's symbols";

    /// <summary>A kernel's symbols, within a sentence.</summary>
    public const string LacksSymbols = "without the kernel's symbols";
}
