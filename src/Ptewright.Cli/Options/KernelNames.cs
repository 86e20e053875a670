using Ptewright.Cli.Output;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Versions;

namespace Ptewright.Cli.Options;

/// <summary>Kernels and CPUs by the names that people type.</summary>
internal static class KernelNames
{
    /// <summary>What help says of an option that names a kernel.</summary>
    public static string Profiles { get; } = $"{string.Join(", ", KernelProfiles.All.Select(profile => profile.Name))}; or a version, as 6.12.57, for the nearest of these";

    /// <summary>What help says of an option that names a CPU.</summary>
    public static string Cpus { get; } = $"{string.Join(", ", CpuModel.All.Select(model => model.Name))}; other names are a55, n2, graviton3, altra and the like";

    /// <summary>The profile of a name or version; notes what may differ.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static KernelProfile Profile(string name, Terminal terminal) => Match(name, terminal).Profile;

    /// <summary>The profile of a name or version, and which version that is; notes what may differ.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static KernelMatch Match(string name, Terminal terminal)
    {
        KernelMatch match = FormOptions.Sentence(() => KernelProfiles.For(name));
        _ = Profile(match, terminal);
        return match;
    }

    /// <summary>The profile of a kernel that was found in a file; notes what may differ.</summary>
    public static KernelProfile Profile(KernelMatch match, Terminal terminal)
    {
        if (match.Remark is { } remark)
        {
            terminal.Note(remark);
        }

        return match.Profile;
    }

    /// <summary>The CPU of a name, with features that are added.</summary>
    /// <exception cref="UsageException">There is no such CPU or feature.</exception>
    public static CpuModel Cpu(string name) => FormOptions.Sentence(() => CpuModel.Parse(name));

    /// <summary>What QEMU calls a CPU.</summary>
    /// <exception cref="UsageException">QEMU has no such model.</exception>
    public static string QemuCpu(string name)
    {
        CpuModel model = Cpu(name);
        return model.QemuName ?? throw new UsageException(
            $"QEMU cannot be a '{model.Name}'; it can be {string.Join(", ", CpuModel.All.Where(known => known.QemuName is not null).Select(known => known.QemuName))}, as far as its version has them.");
    }
}
